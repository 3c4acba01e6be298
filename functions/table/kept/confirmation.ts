import type { Confirmation, ConfirmationStore } from '../../canary/confirmation.ts';
import type { CanaryKey } from '../../canary/store.ts';
import { isRecord, isTexts } from '../../json/faults.ts';
import { proxyPartitionOf, rowKey, segments } from '../row-key.ts';
import type { Kept, KeptValues } from './kept.ts';

/** How long a confirmation is kept, in seconds: a year, which no canary rests for. */
const CONFIRMATION_SECONDS = 365 * 86_400;

/** The confirmation of a canary's newest write: `confirmed#{namespace}#{name}`, beside the proxy reports. */
const CONFIRMATION: Kept<CanaryKey, Confirmation> = {
  title: 'confirmation',
  attribute: 'confirmation',
  keyOf: ({ cluster, namespace, name }) =>
    rowKey(cluster, `confirmed#${segments(namespace, name)}`, proxyPartitionOf(cluster)),
  decode: (document) => (isConfirmation(document) ? document : undefined),
  numbersOf: ({ resourceVersion }) => ({ version: Number(resourceVersion) }),
  givesWay: ({ resourceVersion }) => [{ number: 'version', is: '<', than: Number(resourceVersion) }],
  expiryOf: (_, now) => Math.ceil(now / 1_000) + CONFIRMATION_SECONDS,
};

/** The confirmations as kept values: one for each canary that there ever was by its name. */
export function createConfirmationStore(values: KeptValues): ConfirmationStore {
  return {
    keepConfirmation: (key, confirmation, signal) => values.write(CONFIRMATION, key, confirmation, signal),
    findConfirmation: (key, signal) => values.read(CONFIRMATION, key, signal),
  };
}

function isConfirmation(value: unknown): value is Confirmation {
  return (
    isRecord(value) &&
    isTexts(value, 'resourceVersion', 'asOf') &&
    /^\d{1,16}$/.test(String(value['resourceVersion'])) &&
    ['seen', 'converged'].every((k) => Number.isSafeInteger(value[k]))
  );
}
