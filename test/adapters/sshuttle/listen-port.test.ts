import { describe, expect, it } from 'vitest';
import { chooseListenPort } from '../../../src/adapters/sshuttle/listen-port.ts';
import { ErrnoError } from '../../../src/domain/errno-error.ts';
import { MemoryHosts } from '../../fakes/memory-hosts.ts';

const both = ['127.0.0.1', '::1'];

describe('the port on which sshuttle listens', () => {
  it('is none that it takes by itself, nor one that kernels give out; another each time', async () => {
    const hosts = new MemoryHosts();
    const used = new Set<number>();
    for (let time = 0; time < 50; time++) await chooseListenPort(hosts, both, used);
    expect(used.size).toBe(50);
    expect(Math.min(...used)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...used)).toBeLessThan(32_000);
    expect(hosts.served).toEqual([]);
  });

  it('is free by IPv6 too', async () => {
    const listened: string[] = [];
    const network = {
      listen: async (address: string, port: number) => {
        listened.push(address);
        if (listened.length <= 2 && address === '::1') throw new ErrnoError('EADDRINUSE', 'taken');
        return { port, close: async () => undefined };
      },
    };
    await chooseListenPort(network, both, new Set());
    expect(listened).toEqual([...both, ...both]);
  });

  it('is looked for in vain where none is free', async () => {
    const network = { listen: () => Promise.reject(new ErrnoError('EADDRINUSE', 'taken')) };
    await expect(chooseListenPort(network, both, new Set())).rejects.toMatchObject({ code: 'TUNNEL_FAILED' });
  });
});
