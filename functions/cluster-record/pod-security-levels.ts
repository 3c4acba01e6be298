import { type Check, DNS_LABEL, own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import type { Json } from '../json/json.ts';

/** The levels of the Pod Security Standards, from the strictest; a Pod needs the first whose rules it keeps. */
export const POD_SECURITY_LEVELS = ['restricted', 'baseline', 'privileged'] as const;

/** A level of the Pod Security Standards. */
export type PodSecurityLevel = (typeof POD_SECURITY_LEVELS)[number];

/** What a Kubernetes cluster enforces, as `register` saw it: a review carries no labels of the namespace. */
export interface EnforcedLevels {
  /** In namespaces that are not named. */
  readonly default: PodSecurityLevel;
  readonly namespaces: Readonly<Record<string, PodSecurityLevel>>;
}

/** Reads `podSecurity` of a cluster record; undefined when absent: then nothing is known. */
export function parseEnforcedLevels(check: Check, record: Json): EnforcedLevels | undefined {
  const podSecurity = check.object(record, 'podSecurity', 'podSecurity');
  if (podSecurity === undefined) return undefined;
  const path = 'podSecurity.namespaces';
  const named = check.object(podSecurity, 'namespaces', path) ?? {};
  const namespaces = Object.keys(named).map((name): [string, PodSecurityLevel] => {
    if (!DNS_LABEL.test(name)) check.fault(`${path}[${JSON.stringify(name)}]`, 'is no name of a namespace');
    return [name, check.oneOf(named, name, `${path}.${name}`, POD_SECURITY_LEVELS, 'privileged')];
  });
  return {
    default: check.oneOf(podSecurity, 'default', 'podSecurity.default', POD_SECURITY_LEVELS, 'privileged'),
    namespaces: Object.fromEntries(namespaces),
  };
}

/** The level that is enforced in a namespace; `privileged`, which refuses nothing, where it is not known. */
export function enforcedLevel(levels: EnforcedLevels | undefined, namespace: string): PodSecurityLevel {
  const level = isRecord(levels?.namespaces) ? own(levels.namespaces, namespace) : undefined;
  return POD_SECURITY_LEVELS.find((l) => l === level) ?? levels?.default ?? 'privileged';
}
