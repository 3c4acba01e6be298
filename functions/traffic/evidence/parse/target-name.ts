import { putNewest } from '../../../http/bounded-map.ts';

const KEY_CHARACTERS_MAX = 256;
const TARGET = /^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}\/\d{1,5}\/r\d{1,7}$/;

/** A key of `figures` or `hosts`, `shop/cart/8080/r1|stable.upstream_rq_2xx`. */
export interface KeyParts {
  /** `shop/cart/8080/r1`. */
  readonly target: string;
  /** What stands behind the bar, whatever it is. */
  readonly statistic: string;
}

/**
 * Sidecars send the same keys in every poll, and to part one costs more than all else that is done with it. Some 300 are of
 * eight targets; a Pod that makes keys up costs the others their places, and nothing else. 1 MB at most.
 */
const KEYS_MAX = 4_096;
const parted = new Map<string, KeyParts>();

/** Parts a key at its bar; undefined where it is too long, or no target's name stands before it. */
export function partKey(key: string): KeyParts | undefined {
  const known = parted.get(key);
  if (known !== undefined) return known;
  const bar = key.indexOf('|');
  if (bar === -1 || key.length > KEY_CHARACTERS_MAX) return undefined;
  const parts = { target: key.slice(0, bar), statistic: key.slice(bar + 1) };
  if (!TARGET.test(parts.target)) return undefined;
  putNewest(parted, key, parts, KEYS_MAX);
  return parts;
}
