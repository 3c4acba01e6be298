import type { HeldCanaries } from './served-versions.ts';

/** Compared with at most so many, newest first: namespaces follow a write within seconds of each other. */
const KEPT_MAX = 64;

/**
 * Keeps equal maps once. Most canaries are exported to every namespace: without this each of 2,000 namespaces would hold
 * 32 maps of its own with the same 500 entries.
 */
export function createSharedCanaries(): (canaries: HeldCanaries) => HeldCanaries {
  let kept: readonly HeldCanaries[] = [];

  return (canaries) => {
    // Most polls bring the very map of the poll before.
    const known = kept.find((other) => other === canaries) ?? kept.find((other) => isSame(other, canaries));
    if (known === undefined) kept = [canaries, ...kept.slice(0, KEPT_MAX - 1)];
    return known ?? canaries;
  };
}

function isSame(one: HeldCanaries, other: HeldCanaries): boolean {
  if (one.size !== other.size) return false;
  for (const [id, version] of one) if (other.get(id) !== version) return false;
  return true;
}
