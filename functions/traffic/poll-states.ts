import { CanaryStoreError } from '../errors.ts';
import { putNewest } from '../http/bounded-map.ts';
import type { VerifiedProxy } from '../identity/proxy-token.ts';
import { FIRST_ROUTES } from './answers.ts';
import type { CanaryCache, CanaryState } from './canary-cache.ts';
import type { ServeAnswers, Served } from './served-answers.ts';
import type { PollForm } from './xds/listener.ts';
import type { ResourceKind } from './xds/xds.ts';

/** Which proxy asks: its Kubernetes cluster, its record and its identity. */
type Asker = Pick<VerifiedProxy, 'cluster' | 'record' | 'identity'>;

/** What a poll asks for, and how. */
export interface Asked {
  readonly kind: ResourceKind;
  readonly form: PollForm;
  /** What the proxy runs; undefined before its first. */
  readonly version: string | undefined;
}

/** A state, and what the asker's namespace is answered of it. */
export interface PollState {
  readonly state: CanaryState;
  readonly served: Served;
}

/** Chooses the state of the canaries that a poll is answered from. */
export interface PollStates {
  /**
   * One of any age may confirm what a proxy runs; another version, a newborn's first included, is sent of a recent one
   * only. A version that this environment never sent is another one's, which may have read later than we: then the store
   * is read again, from the poll's arrival on. Throws CanaryStoreError where that fails, so that the proxy keeps what it
   * has; a newborn passes everything on until it asks again.
   *
   * @param arrival the cache's `readsBegun` when the poll came
   */
  stateFor(asker: Asker, asked: Asked, arrival: number): Promise<PollState>;
  /** The state that confirms what the proxy runs, where that is known without a wait: so it is for most polls. */
  confirming(asker: Asker, asked: Asked): PollState | undefined;
  /** Remembers a version that is sent or confirmed. */
  note(asker: Asker, version: string): void;
}

/** Three kinds, some versions of each, of 1,000 namespaces: 2 MB. A forgotten one costs a read of the store's head. */
const VERSIONS_MAX = 10_000;

/** Makes a chooser that has sent nothing yet; it remembers our own versions only, never those of polls. */
export function createPollStates(canaries: CanaryCache, serve: ServeAnswers): PollStates {
  const sent = new Map<string, string>();
  let newest = { cluster: '', namespace: '', version: '' };
  const entryOf = ({ cluster, identity }: Asker, version: string): string =>
    `${cluster}/${identity.namespace} ${version}`;

  return {
    confirming(asker, { kind, form, version }) {
      const state = canaries.fresh(asker.cluster);
      if (state === undefined) return undefined;
      const served = serve(asker, asker.identity.namespace, state);
      return version === served.answers[form][kind].version ? { state, served } : undefined;
    },
    async stateFor(asker, { kind, form, version }, arrival) {
      const state = canaries.fresh(asker.cluster) ?? (await canaries.stateFor(asker.cluster));
      const served = serve(asker, asker.identity.namespace, state);
      if (version === served.answers[form][kind].version) return { state, served };
      // What a newborn runs came of no state.
      const isOurs = version === undefined || version === FIRST_ROUTES.version || sent.has(entryOf(asker, version));
      const recent = await canaries.recentState(asker.cluster, isOurs ? undefined : arrival);
      if (recent === state) return { state, served };
      if (recent !== undefined) return { state: recent, served: serve(asker, asker.identity.namespace, recent) };
      throw new CanaryStoreError('the canaries held may be older than what the proxy runs, which it keeps');
    },
    note(asker, version) {
      // Never looked up: every proxy begins with it.
      if (version === FIRST_ROUTES.version) return;
      const { cluster } = asker;
      const { namespace } = asker.identity;
      // Most polls confirm what the one before them did, and a map that is written to costs more than all else here.
      if (version === newest.version && namespace === newest.namespace && cluster === newest.cluster) return;
      newest = { cluster, namespace, version };
      putNewest(sent, entryOf(asker, version), version, VERSIONS_MAX);
    },
  };
}
