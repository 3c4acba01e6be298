import type { Canary } from '../../canary/canary.ts';
import { aboutMate, isReleased, matesOf } from '../../canary/group/members.ts';
import type { MateAbort } from '../../canary/stored/writes.ts';
import { CanaryStoreError } from '../../errors.ts';
import type { ReleaseCall } from '../call.ts';
import { type Outcome, refused } from '../outcome.ts';
import { NOT_FOUND } from '../refusal.ts';
import { abortionOf, abortWith } from './abortion.ts';
import { persist } from './persist.ts';

/** The others are waited for no longer than this at first, in milliseconds: an abort is to be quick. */
const READ_MS = 1_000;

/** What an abort does to the others of a group, and the head before them; undefined where they could not be read. */
interface Mates {
  readonly aborts: readonly MateAbort[];
  readonly head: number | undefined;
}

/**
 * The canary and its mates, in one transaction; once more for those that have begun between the read and the write. Where the
 * others cannot be read the canary does not wait for them, and they come after it. Throws CanaryStoreError.
 *
 * @param own of the canary; none where it is aborted already
 */
export async function abortGroup(
  call: ReleaseCall,
  stored: Canary,
  own: readonly MateAbort[],
  reason: string | undefined,
): Promise<Outcome> {
  let outcome: Outcome = { outcome: 'unchanged', canary: stored, isNew: false };
  for (let left = own; ; left = []) {
    const mates = left.length > 0 ? await matesAtOnce(call, stored, reason) : await findMates(call, stored, reason);
    const [abort, ...others] = [...left, ...mates.aborts];
    if (abort === undefined) return outcome;
    const after = await abortWith(call, abort, others);
    if (left.length > 0) {
      if (after === undefined) return refused(NOT_FOUND);
      outcome = { outcome: 'written', canary: after, isNew: false };
    }
    // Then nothing was written between the read and this.
    if (Number(after?.metadata.resourceVersion) - 1 === mates.head) return outcome;
  }
}

/** The others, where they can be read soon. */
async function matesAtOnce(call: ReleaseCall, canary: Canary, reason: string | undefined): Promise<Mates> {
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(READ_MS)]);
  return await readMates({ ...call, signal }, canary, reason).catch((error: unknown) => {
    if (error instanceof CanaryStoreError) return { aborts: [], head: undefined };
    throw error;
  });
}

async function findMates(call: ReleaseCall, canary: Canary, reason: string | undefined): Promise<Mates> {
  return await persist(call, () => readMates(call, canary, reason));
}

async function readMates(call: ReleaseCall, canary: Canary, reason = 'aborted'): Promise<Mates> {
  const { tools, key, signal } = call;
  const { head, canaries } = await tools.store.listCanaries(key.cluster, signal, key.namespace);
  const why = aboutMate(canary, reason);
  const released = matesOf(canary, canaries).filter(isReleased);
  return { head, aborts: released.map((mate) => abortionOf(call, mate, why)) };
}
