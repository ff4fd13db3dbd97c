/** Of the types that programs ask for (RFC 1035 §3.2.2 and the registry of IANA). */
const names: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  64: 'SVCB',
  65: 'HTTPS',
  255: 'ANY',
};

/** `AAAA`; what isn't known as `TYPE99`. @see {@link https://www.rfc-editor.org/rfc/rfc3597#section-5 | RFC 3597 §5} */
export function recordTypeName(type: number): string {
  return names[type] ?? `TYPE${type}`;
}
