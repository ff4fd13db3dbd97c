import { describe, expect, it } from 'vitest';
import { CongestionControl } from '../../../../src/domain/netstack/tcp/congestion-control.ts';

const mss = 1000;

describe('CongestionControl', () => {
  it('begins wide open', () => {
    expect(new CongestionControl(mss, 100_000, false).windowBytes).toBe(100_000);
    expect(new CongestionControl(mss, 10, false).windowBytes).toBe(2 * mss);
  });

  it('halves at the third duplicate, repairs hole by hole, and ends recovery', () => {
    const control = new CongestionControl(mss, 100_000, false);
    expect([1, 2, 3, 4].map(() => control.duplicate(20_000, 20_000, false))).toEqual([false, false, true, false]);
    expect(control.windowBytes).toBe(10_000 + 4 * mss);
    expect(control.acknowledged(5000, 5000)).toBe(true);
    expect(control.windowBytes).toBe(10_000);
    expect(control.acknowledged(20_000, 15_000)).toBe(false);
    expect(control.windowBytes).toBe(10_000);
  });

  it('is a whole number of bytes, also of half an odd flight', () => {
    const control = new CongestionControl(mss, 100_000, true);
    for (let i = 0; i < 3; i++) control.duplicate(50_001, 50_001, false);
    expect(control.windowBytes).toBe(25_000);
    control.timedOut(60_001, 0);
    for (let i = 0; i < 50; i++) control.acknowledged(1, 2 * mss);
    expect(control.windowBytes % 1).toBe(0);
  });

  it('after a time-out starts from one segment, doubles', () => {
    const control = new CongestionControl(mss, 100_000, false);
    control.timedOut(8000, 0);
    expect(control.windowBytes).toBe(mss);
    for (const expected of [2000, 3000, 4000, 5000]) {
      control.acknowledged(1, mss);
      expect(control.windowBytes).toBe(expected);
    }
  });

  it('keeps ten segments after a loss, so that the next one is noticed too', () => {
    const control = new CongestionControl(mss, 100_000, false);
    for (let i = 0; i < 3; i++) control.duplicate(3000, 3000, false);
    control.acknowledged(3000, 3000);
    expect(control.windowBytes).toBe(10 * mss);
    control.acknowledged(4000, mss);
    expect(control.windowBytes).toBe(10 * mss + mss / 10);
  });

  it('never falls below a segment, so that nothing stalls', () => {
    const control = new CongestionControl(mss, 4000, false);
    for (let i = 0; i < 50; i++) {
      control.duplicate(0, 9_000_000, false);
      control.acknowledged(i, 100_000);
      expect(control.windowBytes).toBeGreaterThanOrEqual(mss);
      control.timedOut(0, 0);
      expect(control.windowBytes).toBe(mss);
    }
  });
});
