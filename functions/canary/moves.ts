import { CanaryStoreError } from '../errors.ts';
import { isRecord, isTexts } from '../json/faults.ts';
import type { Canary } from './canary.ts';
import type { CanaryKey, CanaryMoves, UnreadableCanary } from './store.ts';

/** Which canary of a Kubernetes cluster a write was about. */
export type Whose = Pick<CanaryKey, 'namespace' | 'name'>;

/** The head that a reader has, and the one that it has seen since. */
export interface Heads {
  readonly after: number;
  readonly upTo: number;
}

/** How long it is kept whose a write was, in seconds: a reader that is further behind reads the list. */
export const MOVES_SECONDS = 600;
/** Writes that a reader looks up one by one; a list of 500 canaries is some 225 reads of DynamoDB. */
const WRITES_MAX = 100;
/** Canaries that it reads one by one, at one read each. */
const CANARIES_MAX = 20;

/** Whether there are so few writes between two heads that they are looked up; none where a head has gone back. */
export function isNear({ after, upTo }: Heads): boolean {
  return upTo > after && upTo - after <= WRITES_MAX;
}

/** Whose a stored write was; undefined for anything else. */
export function parseWhose(value: unknown): Whose | undefined {
  if (!isRecord(value) || !isTexts(value, 'namespace', 'name')) return undefined;
  return { namespace: String(value['namespace']), name: String(value['name']) };
}

/**
 * The canaries of all writes between two heads, each once; undefined where one of the writes is missing (functions of a
 * former version leave no word, and what is old is forgotten), or where there are too many.
 *
 * @param writes one for each version between the heads
 */
export function touchedBy(writes: readonly Whose[], { after, upTo }: Heads): readonly Whose[] | undefined {
  if (writes.length !== upTo - after) return undefined;
  const touched = new Map(writes.map((whose) => [`${whose.namespace}/${whose.name}`, whose]));
  return touched.size > CANARIES_MAX ? undefined : [...touched.values()];
}

/**
 * What became of touched canaries.
 *
 * @param read undefined where the canary is gone; throws CanaryStoreError for one that cannot be read
 */
export function movesOf(touched: readonly { readonly whose: Whose; read(): Canary | undefined }[]): CanaryMoves {
  const canaries: Canary[] = [];
  const unreadable: UnreadableCanary[] = [];
  const gone: Whose[] = [];
  for (const { whose, read } of touched) {
    try {
      const canary = read();
      if (canary === undefined) gone.push(whose);
      else canaries.push(canary);
    } catch (error) {
      if (!(error instanceof CanaryStoreError)) throw error;
      unreadable.push({ ...whose, why: error.message });
    }
  }
  return { canaries, unreadable, gone };
}
