import type { SettingsReader } from './settings-reader.ts';

/** Lambda keeps 100 of an account's concurrent executions unreserved, and an account has 1,000 by default. */
const RESERVED_MAX = 900;
const ADVANCE = 'advanceConcurrency';
const REGISTER = 'registerConcurrency';
/** The parameters that say what is reserved for a function. */
export const CONCURRENCIES: readonly string[] = [
  'mutateConcurrency',
  'canariesConcurrency',
  'abortConcurrency',
  'discoveryConcurrency',
  REGISTER,
  ADVANCE,
];

/**
 * What is reserved for each function, by its name; 0: nothing, for accounts whose quota has nothing to reserve. All of
 * them together are a fault where they are more than an account can have.
 *
 * @param clusters how many are registered: CloudFormation asks for all of them at once, and waits for each no longer
 *   than its ServiceTimeout
 */
export function readConcurrency(read: SettingsReader, clusters: number): Readonly<Record<string, number>> {
  const shares = CONCURRENCIES.map((name) => {
    const share = readShare(read, name);
    return [
      name.replace('Concurrency', ''),
      name === REGISTER && share > 0 ? Math.max(share, clusters) : share,
    ] as const;
  });
  const sum = shares.reduce((all, [, share]) => all + share, 0);
  if (sum > RESERVED_MAX) {
    read.fault(
      'mutateConcurrency',
      `and the others (${CONCURRENCIES.slice(1).join(', ')}) reserve ${sum} together; they may reserve ${RESERVED_MAX}`,
    );
  }
  return Object.fromEntries(shares);
}

/** One of them, whatever the others are. Of `advance` there are never more than two at a time to any use. */
export function readShare(read: SettingsReader, name: string): number {
  return read.whole(name, 0, name === ADVANCE ? 2 : RESERVED_MAX);
}
