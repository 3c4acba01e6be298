import { hash } from 'node:crypto';
import type { ProxyIdentity } from '../http/proxy-identity.ts';
import type { CanaryId } from './sound-canaries.ts';

/** A proxy as an environment saw it last. */
export interface SeenProxy {
  /** `namespace/pod`. */
  readonly name: string;
  readonly namespace: string;
  /** The version that it runs; empty before its first. */
  readonly version: string;
  readonly isRejecting: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One poll for routes, and what was answered. */
export interface RoutesPoll {
  readonly identity: ProxyIdentity;
  /** The version that the proxy says it runs. */
  readonly version: string | undefined;
  /** The version that its namespace is to run. */
  readonly current: string;
  /** The canaries in that, by their resourceVersion. */
  readonly canaries: ReadonlyMap<CanaryId, string>;
  /** The version that was sent; undefined for "nothing new". */
  readonly sent: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What an environment remembers of the proxies of one Kubernetes cluster. */
export interface Sightings {
  note(poll: RoutesPoll): void;
  /** By hash, those seen since `from` (milliseconds since the epoch). */
  proxies(from: number): ReadonlyMap<string, SeenProxy>;
  /** Whether a proxy runs what its namespace is to run now: one that has stopped polling no longer does after a write. */
  isCurrent(proxy: SeenProxy): boolean;
  /** The canaries in a version that a namespace runs or ran: those it did not hold yet have resourceVersion 0. */
  canariesIn(namespace: string, version: string): ReadonlyMap<CanaryId, string>;
}

interface Sent {
  readonly version: string;
  /** What the proxy ran when it was sent. */
  readonly from: string;
  readonly times: number;
  readonly firstAt: number;
}

interface History {
  /** The version that the namespace is to run. */
  current: string;
  /** The canaries that the namespace sees now. */
  visible: ReadonlyMap<CanaryId, string>;
  readonly versions: Map<string, { canaries: ReadonlyMap<CanaryId, string>; currentAt: number }>;
}

/** 14 MB; the rest of a larger fleet is seen by other environments. */
const PROXIES_MAX = 50_000;
const NAMESPACES_MAX = 2_000;
/** Versions kept of a namespace; a walk has five. */
const VERSIONS_MAX = 32;
/** An answer can be lost on its way, and Envoy then asks the same again; a second time it has refused it. */
const REJECTED_AFTER = 2;

/** Makes an empty memory. */
export function createSightings(): Sightings {
  const proxies = new Map<string, SeenProxy & { readonly sent: Sent | undefined }>();
  const histories = new Map<string, History>();

  return {
    note(poll) {
      const { identity, version = '', at } = poll;
      const history = remember(poll);
      const key = hashOf(identity);
      const before = proxies.get(key)?.sent;
      const refused = before !== undefined && isRefused(before, version, history) ? before : undefined;
      proxies.delete(key);
      trim(proxies, PROXIES_MAX);
      proxies.set(key, {
        name: nameOf(identity),
        namespace: identity.namespace,
        version,
        isRejecting: version !== poll.current && refused !== undefined && refused.times >= REJECTED_AFTER,
        at,
        sent: poll.sent === undefined ? undefined : nextSent(poll.sent, version, at, refused),
      });
    },
    proxies: (from) => new Map([...proxies].filter(([, { at }]) => at >= from)),
    isCurrent: ({ namespace, version }) => histories.get(namespace)?.current === version,
    canariesIn(namespace, version) {
      const history = histories.get(namespace);
      const held = history?.versions.get(version)?.canaries;
      return new Map([...(history?.visible.keys() ?? [])].map((id) => [id, held?.get(id) ?? '0']));
    },
  };

  function remember({ identity: { namespace }, current, canaries, at }: RoutesPoll): History {
    const history = histories.get(namespace) ?? { current, visible: canaries, versions: new Map() };
    if (!histories.has(namespace)) trim(histories, NAMESPACES_MAX);
    histories.set(namespace, history);
    history.current = current;
    history.visible = canaries;
    history.versions.delete(current);
    trim(history.versions, VERSIONS_MAX);
    history.versions.set(current, { canaries, currentAt: at });
    return history;
  }
}

/**
 * Whether a proxy still runs what it ran when it was sent something else. One that has started anew has no version; and
 * after a walk back and forth the old version may be the new one.
 */
function isRefused(sent: Sent, version: string, { versions }: History): boolean {
  return version !== '' && version === sent.from && (versions.get(version)?.currentAt ?? 0) <= sent.firstAt;
}

function nextSent(version: string, from: string, at: number, refused: Sent | undefined): Sent | undefined {
  if (version === from) return undefined;
  return { version, from, times: (refused?.times ?? 0) + 1, firstAt: refused?.firstAt ?? at };
}

/** Of identities that stay in memory with their tokens. */
const hashes = new WeakMap<ProxyIdentity, string>();

/** 48 bits: among 10,000 proxies two are alike once in some millions of fleets. */
function hashOf(identity: ProxyIdentity): string {
  const { namespace, serviceAccount, pod } = identity;
  const text = `${namespace}/${pod?.name ?? serviceAccount}/${pod?.uid ?? ''}`;
  const known = hashes.get(identity) ?? hash('sha256', text, 'hex').slice(0, 12);
  hashes.set(identity, known);
  return known;
}

function nameOf({ namespace, serviceAccount, pod }: ProxyIdentity): string {
  return `${namespace}/${pod?.name ?? serviceAccount}`;
}

/** Makes room for one more. */
function trim(map: Map<string, unknown>, max: number): void {
  const oldest = map.size < max ? undefined : map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
