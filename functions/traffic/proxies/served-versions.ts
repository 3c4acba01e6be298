import { putNewest } from '../../http/bounded-map.ts';
import type { CanaryId } from '../quarantine.ts';

/** The canaries in one version of the routes, by their resourceVersion. */
export type HeldCanaries = ReadonlyMap<CanaryId, string>;

/** What a proxy was sent in place of what it ran. */
export interface Sent {
  readonly version: string;
  /** What the proxy ran when it was sent. */
  readonly from: string;
  readonly times: number;
  /** Milliseconds since the epoch. */
  readonly firstAt: number;
}

/** The versions of the routes that a namespace was to run, newest last. */
export interface ServedVersions {
  /** Notes what the namespace is to run now; `at` in milliseconds since the epoch. */
  note(current: string, canaries: HeldCanaries, at: number): void;
  isCurrent(version: string): boolean;
  /** Whether it is one of the versions that are remembered. */
  knows(version: string): boolean;
  /** The canaries that the namespace sees now, as a version holds them: what it does not hold has resourceVersion 0. */
  canariesIn(version: string): HeldCanaries;
  /**
   * Whether a proxy still runs what it ran when it was sent something else. One that has restarted has no version; and
   * after a walk back and forth the old version may be the new one.
   */
  isRefused(sent: Sent, version: string): boolean;
}

/** Versions kept of a namespace; a walk has five. */
const VERSIONS_MAX = 32;

/** Makes the memory of one namespace. */
export function createServedVersions(): ServedVersions {
  const versions = new Map<string, { readonly canaries: HeldCanaries; readonly currentAt: number }>();
  let newest: string | undefined;
  let visible: HeldCanaries = new Map();

  return {
    note(current, canaries, at) {
      visible = canaries;
      // The newest stands last already.
      if (current === newest) return void versions.set(current, { canaries, currentAt: at });
      newest = current;
      putNewest(versions, current, { canaries, currentAt: at }, VERSIONS_MAX);
    },
    isCurrent: (version) => version === newest,
    knows: (version) => versions.has(version),
    canariesIn(version) {
      const held = versions.get(version)?.canaries;
      return new Map([...visible.keys()].map((id) => [id, held?.get(id) ?? '0']));
    },
    isRefused: (sent, version) =>
      version !== '' && version === sent.from && (versions.get(version)?.currentAt ?? 0) <= sent.firstAt,
  };
}

/** What is remembered of an answer with a version to a proxy that ran `from`; `refused` is what it did not take before. */
export function nextSent(version: string, from: string, at: number, refused: Sent | undefined): Sent | undefined {
  if (version === from) return undefined;
  return { version, from, times: (refused?.times ?? 0) + 1, firstAt: refused?.firstAt ?? at };
}
