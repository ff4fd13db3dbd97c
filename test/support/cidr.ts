import { Cidr } from '../../src/domain/netstack/address/cidr.ts';

/** @throws where it is none */
export function cidr(text: string): Cidr {
  const parsed = Cidr.parse(text);
  if (!parsed) throw new Error(`${text} is no network`);
  return parsed;
}
