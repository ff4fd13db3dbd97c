import type { IpAddress } from './ip-address.ts';

/** One end of a flow. */
export interface Endpoint {
  readonly address: IpAddress;
  /** 0 to 65535. */
  readonly port: number;
}

/** `192.0.2.1:80` or `[2001:db8::1]:80`. */
export function formatEndpoint(endpoint: Endpoint): string {
  const host = endpoint.address.toString();
  return endpoint.address.version === 6 ? `[${host}]:${endpoint.port}` : `${host}:${endpoint.port}`;
}
