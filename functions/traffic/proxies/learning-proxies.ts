import type { LearningReport } from '../../canary/proxy-reports.ts';
import type { ProxyIdentity } from '../../identity/proxy-identity.ts';

/** A poll of any kind while its namespace is to learn Envoy clusters. */
export interface LearningPoll {
  readonly identity: ProxyIdentity;
  /** Targets that its namespace is learning, by their ids. */
  readonly staging: readonly string[];
  /** Whether it asks for Envoy clusters, and runs those that are current or none yet. */
  readonly holds: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What an environment remembers of the proxies of one Kubernetes cluster while targets are being learned. */
export interface LearningProxies {
  note(poll: LearningPoll): void;
  /** Forgets everything: nothing is being learned. */
  forget(): void;
  /** What is known of some targets. @param now milliseconds since the epoch */
  report(targets: readonly string[], now: number): LearningReport;
}

interface Learner {
  readonly namespace: string;
  readonly at: number;
  readonly held: readonly string[];
}

/** Of a report they take some 150 KB. Where an environment hears more, staging takes the time that it may take. */
export const LEARNERS_MAX = 5_000;
/** Bits of a number that is read as one of 32 bits. */
const TARGETS_MAX = 30;
const NAMESPACES_MAX = 1_000;
const NOTHING: readonly string[] = [];

/** Makes an empty memory. */
export function createLearningProxies(): LearningProxies {
  const learners = new Map<string, Learner>();
  let isWhole = true;

  return {
    note({ identity: { key, namespace }, staging, holds, at }) {
      const known = learners.get(key);
      if (known === undefined && learners.size >= LEARNERS_MAX) isWhole = false;
      // What it held before and is no longer being learned is of no interest.
      else learners.set(key, { namespace, at, held: holds ? staging : (known?.held ?? NOTHING) });
    },
    forget() {
      learners.clear();
      isWhole = true;
    },
    report(wanted, now) {
      const targets = wanted.slice(0, TARGETS_MAX);
      const namespaces = [...new Set([...learners.values()].map(({ namespace }) => namespace))];
      if (!isWhole || namespaces.length > NAMESPACES_MAX) {
        return { targets, namespaces: [], proxies: {}, isWhole: false };
      }
      const places = new Map(namespaces.map((namespace, i) => [namespace, i]));
      const proxies = [...learners].map(([key, { namespace, at, held }]) => {
        const bits = targets.reduce((sum, target, i) => (held.includes(target) ? sum + 2 ** i : sum), 0);
        const secondsAgo = Math.max(0, Math.round((now - at) / 1_000));
        return [key, [places.get(namespace) ?? -1, secondsAgo, bits]] as const;
      });
      return { targets, namespaces, proxies: Object.fromEntries(proxies), isWhole };
    },
  };
}
