import { describe, expect, it } from 'vitest';
import { ipv4Routes, ipv6Routes, type TableRoute } from '../../../src/domain/routes/proc-route-table.ts';

const texts = (routes: readonly TableRoute[]): readonly string[] => routes.map(({ cidr, interfaceName }) => `${cidr} ${interfaceName}`);

describe('the kernel’s table of routes', () => {
  it('of IPv4, without default, link-local and rejecting ones', () => {
    const table = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t0101F40A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t0000F40A\t0101F40A\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0',
      'eth0\t0101F40A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0',
      'eth0\t0101FEA9\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0',
      '*\t0000000A\t00000000\t0200\t0\t0\t0\t000000FF\t0\t0\t0',
      '',
    ].join('\n');
    expect(texts(ipv4Routes(table))).toEqual(['10.244.0.0/16 eth0', '10.244.1.1/32 eth0']);
  });

  it('of IPv6, without the pod itself, multicast, link-local and the loopback', () => {
    const zero = '0'.repeat(32);
    const line = (destination: string, prefix: string, flags: string, device: string): string =>
      `${destination} ${prefix} ${zero} 00 ${zero} 00000100 00000001 00000000 ${flags} ${device}`;
    const table = [
      line('fd00024400000000000000000000abcd'.slice(0, 32), '80', '80200001', 'eth0'),
      line('fd000244000000000000000000000000', '40', '00000001', 'eth0'),
      line('fe800000000000000000000000000000', '40', '00000001', 'eth0'),
      line('ff000000000000000000000000000000', '08', '00000001', 'eth0'),
      line(zero, '00', '00000003', 'eth0'),
      line('00000000000000000000000000000001', '80', '80200001', 'lo'),
      '',
    ].join('\n');
    expect(texts(ipv6Routes(table))).toEqual(['fd00:244::/64 eth0']);
    expect(ipv6Routes('')).toEqual([]);
  });
});
