import { BlockList, isIP } from 'node:net';

interface AddressRange {
  readonly network: string;
  readonly prefixLength: number;
  readonly family: 'ipv4' | 'ipv6';
}

const FAMILY = { 4: 'ipv4', 6: 'ipv6' } as const;
const MAX_PREFIX_LENGTH = { ipv4: 32, ipv6: 128 } as const;

/** Reads `203.0.113.7`, `203.0.113.0/24` or the same in IPv6; `undefined` for anything else. */
const parseAddressRange = (text: string): AddressRange | undefined => {
  const [, network = '', prefix] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const family = FAMILY[isIP(network) as keyof typeof FAMILY];
  if (!family) return undefined;
  const prefixLength = prefix === undefined ? MAX_PREFIX_LENGTH[family] : Number(prefix);
  return prefixLength <= MAX_PREFIX_LENGTH[family] ? { network, prefixLength, family } : undefined;
};

/** Whether a text is an address or a range of addresses. */
export const isAddressRange = (text: string): boolean => parseAddressRange(text) !== undefined;

/** A test whether an address is in one of the ranges. */
export const inRanges = (ranges: readonly string[]): ((address: string) => boolean) => {
  const list = new BlockList();
  for (const text of ranges) {
    const range = parseAddressRange(text);
    if (range) list.addSubnet(range.network, range.prefixLength, range.family);
  }
  return (address) => {
    const family = FAMILY[isIP(address) as keyof typeof FAMILY];
    return family !== undefined && list.check(address, family);
  };
};
