import { dropOldest, putNewest } from '../../http/bounded-map.ts';
import type { ProxyIdentity } from '../../identity/proxy-identity.ts';
import { createRefusals, REFUSED_MS } from './refusals.ts';
import {
  createServedVersions,
  type HeldCanaries,
  nextSent,
  type Sent,
  type ServedVersions,
} from './served-versions.ts';
import { createSharedCanaries } from './shared-canaries.ts';

/** A proxy as an environment saw it last. */
export interface SeenProxy {
  readonly namespace: string;
  /** Its Pod's name; its ServiceAccount's where its token was made for no Pod. */
  readonly pod: string;
  /** The version that it runs; empty before its first. */
  readonly version: string;
  readonly isRejecting: boolean;
  /** Whether its token is refused now, so that it follows nothing; and whether it was told to ask seldom though something moves. */
  readonly isRefused: boolean;
  readonly isIdle: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One poll for routes, and what was answered. */
export interface RoutesPoll {
  readonly identity: ProxyIdentity;
  /** The version that the proxy says it runs: one of our form, or the word for all others. */
  readonly version: string | undefined;
  /** The version that its namespace is to run. */
  readonly current: string;
  /** The canaries in that, by their resourceVersion. */
  readonly canaries: HeldCanaries;
  /** The version that was sent; undefined for "nothing new". */
  readonly sent: string | undefined;
  /** Targets that its namespace is learning, by their ids; and whether it is told to ask seldom though something moves. */
  readonly staging?: readonly string[];
  readonly isIdle?: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What an environment remembers of the proxies of one Kubernetes cluster. */
export interface SeenProxies {
  note(poll: RoutesPoll): void;
  /** Notes a poll that was refused at a time, and of whom where that is known: a Pod that polled before lags from then on. */
  noteRefused(identity: ProxyIdentity | undefined, at: number): void;
  /** Polls refused in the last minute. */
  refusals(now: number): number;
  /** By key, those seen since `from` (milliseconds since the epoch). */
  proxies(from: number): ReadonlyMap<string, SeenProxy>;
  /** Whether a proxy runs what its namespace is to run now: one that has stopped polling no longer does after a write. */
  isCurrent(proxy: SeenProxy): boolean;
  /** Whether a namespace is known to run, or to have run, a version. */
  knows(namespace: string, version: string): boolean;
  /** The canaries in a version that a namespace runs or ran: those it did not hold yet have resourceVersion 0. */
  canariesIn(namespace: string, version: string): HeldCanaries;
}

interface Kept extends SeenProxy {
  readonly sent: Sent | undefined;
  /** When it was accepted last; absent where that is `at`. */
  readonly acceptedAt?: number;
}

interface Namespace {
  readonly served: ServedVersions;
  /** Longest unseen first. */
  readonly proxies: Map<string, Kept>;
}

/** 20 MB; the rest of a larger fleet is seen by other environments. */
export const PROXIES_MAX = 50_000;
/** Half of that: where two tenants flood the memory, the largest namespace gives way, and small ones stay whole. */
export const NAMESPACE_PROXIES_MAX = 25_000;
const NAMESPACES_MAX = 2_000;
/** An answer can be lost on its way, and Envoy then asks the same again; a second time it has refused it. */
const REJECTED_AFTER = 2;

/** Makes an empty memory. */
export function createSeenProxies(): SeenProxies {
  const namespaces = new Map<string, Namespace>();
  const shared = createSharedCanaries();
  const refusals = createRefusals();
  let size = 0;
  let newest: string | undefined;

  return {
    note(poll) {
      const { identity, current, at } = poll;
      const { namespace, serviceAccount, pod, key } = identity;
      // The text of the answer in place of the caller's: proxies at one version share it.
      const version = poll.version === current ? current : (poll.version ?? '');
      const entry = entryOf(namespace);
      entry.served.note(current, shared(poll.canaries), at);
      const before = entry.proxies.get(key)?.sent;
      const refused = before !== undefined && entry.served.isRefused(before, version) ? before : undefined;
      if (entry.proxies.delete(key)) size--;
      else makeRoom(entry);
      entry.proxies.set(key, {
        namespace,
        pod: pod ?? serviceAccount,
        version,
        isRejecting: version !== current && refused !== undefined && refused.times >= REJECTED_AFTER,
        isRefused: false,
        isIdle: poll.isIdle === true,
        at,
        sent: poll.sent === undefined ? undefined : nextSent(poll.sent, version, at, refused),
      });
      size++;
    },
    noteRefused(identity, at) {
      refusals.note(at);
      const proxies = identity === undefined ? undefined : namespaces.get(identity.namespace)?.proxies;
      const kept = identity === undefined ? undefined : proxies?.get(identity.key);
      if (identity === undefined || kept === undefined) return;
      const { acceptedAt = kept.at } = kept;
      if (at < acceptedAt + REFUSED_MS)
        proxies?.set(identity.key, { ...kept, isRefused: true, isIdle: false, at, acceptedAt });
    },
    refusals: refusals.lately,
    proxies: (from) =>
      new Map([...namespaces.values()].flatMap(({ proxies }) => [...proxies].filter(([, { at }]) => at >= from))),
    isCurrent: ({ namespace, version }) => namespaces.get(namespace)?.served.isCurrent(version) === true,
    knows: (namespace, version) => namespaces.get(namespace)?.served.knows(version) === true,
    canariesIn: (namespace, version) => namespaces.get(namespace)?.served.canariesIn(version) ?? new Map(),
  };

  /** The namespace, as the one that polled last. */
  function entryOf(namespace: string): Namespace {
    const known = namespaces.get(namespace);
    if (known !== undefined && namespace === newest) return known;
    newest = namespace;
    const entry = known ?? { served: createServedVersions(), proxies: new Map() };
    size -= putNewest(namespaces, namespace, entry, NAMESPACES_MAX)?.proxies.size ?? 0;
    return entry;
  }

  /** For one more proxy of a namespace: its own longest unseen goes, or that of the namespace which has the most. */
  function makeRoom({ proxies }: Namespace): void {
    const isFull = proxies.size >= NAMESPACE_PROXIES_MAX;
    if (!isFull && size < PROXIES_MAX) return;
    const others = isFull ? [] : [...namespaces.values()].map((other) => other.proxies);
    const largest = others.reduce((most, other) => (other.size > most.size ? other : most), proxies);
    if (dropOldest(largest) !== undefined) size--;
  }
}
