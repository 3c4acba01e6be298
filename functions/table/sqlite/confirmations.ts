import type { ConfirmationStore } from '../../canary/confirmation.ts';
import { confirmationKey } from '../keys.ts';
import type { Transact } from '../rows.ts';
import { parseConfirmation, parseJson, writeStored } from '../stored.ts';

/** The confirmations on rows with transactions: one for each canary that there ever was by its name. */
export function createRowConfirmations(transact: Transact): ConfirmationStore {
  return {
    keepConfirmation: (key, confirmation, signal) =>
      transact(
        'write',
        (rows) => {
          const row = confirmationKey(key);
          const kept = parseConfirmation(parseJson(rows.get(row)));
          if (kept !== undefined && BigInt(kept.resourceVersion) >= BigInt(confirmation.resourceVersion)) return;
          rows.put(row, writeStored('confirmation', confirmation));
        },
        signal,
      ),
    findConfirmation: (key, signal) =>
      transact('read', (rows) => parseConfirmation(parseJson(rows.get(confirmationKey(key)))), signal),
  };
}
