import { expect, it } from 'vitest';
import { formatEndpoint } from '../../../../src/domain/netstack/address/endpoint.ts';
import { ip } from '../../../../src/domain/netstack/address/ip-address.ts';

it.each([
  ['192.0.2.1', 80, '192.0.2.1:80'],
  ['2001:db8::1', 443, '[2001:db8::1]:443'],
])('%s and %i are %s', (address, port, text) => expect(formatEndpoint({ address: ip(address), port })).toBe(text));
