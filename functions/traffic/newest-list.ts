import type { CanaryList, CanaryMoves, CanaryReader } from '../canary/store.ts';
import { canaryId } from './quarantine.ts';

/**
 * The canaries of a Kubernetes cluster at a head: what is known of them, with what was written since; all of them where
 * nothing is known, or where the store does not know what was written. Throws CanaryStoreError.
 */
export async function newestList(
  store: CanaryReader,
  cluster: string,
  known: CanaryList | undefined,
  head: number,
  signal: AbortSignal,
): Promise<CanaryList> {
  if (known === undefined) return await store.listCanaries(cluster, signal);
  const moves = await store.listMoves(cluster, { after: known.head, upTo: head }, signal);
  return moves === undefined ? await store.listCanaries(cluster, signal) : moved(known, head, moves);
}

function moved(known: CanaryList, head: number, { canaries, unreadable, gone }: CanaryMoves): CanaryList {
  const idOf = (whose: { readonly namespace: string; readonly name: string }): string => canaryId({ metadata: whose });
  const touched = new Set([...canaries.map(canaryId), ...[...unreadable, ...gone].map(idOf)]);
  return {
    head,
    canaries: [...known.canaries.filter((canary) => !touched.has(canaryId(canary))), ...canaries],
    unreadable: [...known.unreadable.filter((one) => !touched.has(idOf(one))), ...unreadable],
  };
}
