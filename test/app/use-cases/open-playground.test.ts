import { expect, it, vi } from 'vitest';
import { openPlayground } from '../../../src/app/use-cases/open-playground.ts';
import type { RunningPlayground } from '../../../src/domain/playground/playground-port.ts';
import { MemoryTunnel } from '../../fakes/memory-tunnel.ts';

const running: RunningPlayground = { services: [], close: () => Promise.resolve() };
const playground = { start: vi.fn(() => Promise.resolve(running)) };

it('says what is forbidden, and starts nothing', async () => {
  const tunnel = new MemoryTunnel({});
  const step = 'unshare(CLONE_NEWUSER)';
  tunnel.probeResult = { usable: false, step, errno: 'EPERM', reason: 'user namespaces are off', hint: 'turn them on' };
  const message = expect.stringMatching(/user namespaces are off \(unshare\(CLONE_NEWUSER\): EPERM\)$/);
  await expect(openPlayground(tunnel, playground)).rejects.toMatchObject({ code: 'TUN_UNAVAILABLE', message, hint: 'turn them on' });
  expect(playground.start).not.toHaveBeenCalled();
});

it('starts where namespaces are allowed', async () => {
  await expect(openPlayground(new MemoryTunnel({}), playground)).resolves.toBe(running);
});
