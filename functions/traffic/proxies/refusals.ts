/** How many polls were refused lately. */
export interface Refusals {
  /** Counts one; milliseconds since the epoch. */
  note(at: number): void;
  /** Those of the last minute, give or take ten seconds. */
  lately(now: number): number;
}

/** How long a Pod that is refused is waited for, in milliseconds since it was accepted; a token's life. */
export const REFUSED_MS = 3_600_000;
const SLOT_MS = 10_000;
const SLOTS = 6;

/** Makes a count of nothing, which keeps seven numbers and nothing of a caller. */
export function createRefusals(): Refusals {
  const slots = new Map<number, number>();

  return {
    note(at) {
      const slot = Math.floor(at / SLOT_MS);
      for (const other of slots.keys()) if (other <= slot - SLOTS || other > slot) slots.delete(other);
      slots.set(slot, (slots.get(slot) ?? 0) + 1);
    },
    lately(now) {
      const slot = Math.floor(now / SLOT_MS);
      return [...slots].reduce((sum, [at, count]) => (at > slot - SLOTS && at <= slot ? sum + count : sum), 0);
    },
  };
}
