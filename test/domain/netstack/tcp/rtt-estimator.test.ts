import { expect, it } from 'vitest';
import { RttEstimator } from '../../../../src/domain/netstack/tcp/rtt-estimator.ts';

function after(...samples: readonly number[]): RttEstimator {
  const rtt = new RttEstimator();
  for (const sample of samples) rtt.sample(sample);
  return rtt;
}

it.each([
  ['no sample', [], 1000],
  ['a first one: mean and four times half of it', [100], 300],
  ['an equal one: the variation shrinks by a quarter', [100, 100], 250],
  ['a larger one, in whole milliseconds', [100, 200], Math.ceil(100 + 12.5 + 4 * (50 + (100 - 50) / 4))],
  ['a tiny one: the floor', [1], 200],
  ['a huge one: the ceiling', [1e9], 60_000],
])('after %s', (_name, samples, expected) => expect(after(...samples).timeoutMs).toBe(expected));

it('doubles up to the ceiling, until something new is acknowledged', () => {
  const rtt = after(100);
  rtt.backOff();
  expect(rtt.timeoutMs).toBe(600);
  for (let i = 0; i < 20; i++) rtt.backOff();
  rtt.handshakeDone();
  expect(rtt.timeoutMs).toBe(60_000);
  rtt.recover();
  expect(rtt.timeoutMs).toBe(300);
});

it('is 3 s after a handshake without sample', () => {
  const rtt = after();
  rtt.backOff();
  rtt.handshakeDone();
  rtt.backOff();
  expect(rtt.timeoutMs).toBe(6000);
  rtt.recover();
  expect(rtt.timeoutMs).toBe(3000);
});
