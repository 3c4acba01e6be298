import { type Exported, sees } from '../../canary/export-to.ts';
import { type ProxyReport, ProxyTrouble } from '../../canary/proxy-reports.ts';
import { own } from '../../json/check.ts';
import type { CanaryId } from '../quarantine.ts';
import { isSampled } from './sample.ts';

/** What the reports say together of one proxy that sees a canary. */
export interface MergedProxy {
  /** Undefined where only reports of older versions tell of it. */
  readonly namespace: string | undefined;
  /** The resourceVersion that its routes hold; undefined when it runs a version that is not known. */
  readonly holds: bigint | undefined;
  /** `namespace/pod`, where a report has it. */
  readonly name: string | undefined;
  /** Of its routes; empty where that is not known. */
  readonly version: string;
  /** When it polled last or was refused, in milliseconds since the epoch. */
  readonly at: number;
  readonly rejects: boolean;
  /** Whether its token is refused now. */
  readonly isRefused: boolean;
  /** Whether it was told to ask seldom, because it sends no requests to what moves. */
  readonly isIdle: boolean;
  /** How many proxies it stands for: more than 1 where a report is a sample. */
  readonly weight: number;
}

/** Which reports are wanted; times in milliseconds since the epoch. */
export interface MergeOptions {
  readonly id: CanaryId;
  readonly exported: Exported;
  readonly from: number;
  /** The same for those that were told to ask seldom. */
  readonly idleFrom?: number;
  readonly now: number;
}

interface Newest {
  readonly at: number;
  readonly index: number;
  readonly isRefused: boolean;
  readonly isIdle: boolean;
  readonly report: ProxyReport;
}

/**
 * Of every proxy that sees the canary the newest report, except that a rejection seen by one environment is not outshone
 * by another one that saw the proxy later without knowing of it.
 */
export function mergeReports(reports: readonly ProxyReport[], options: MergeOptions): readonly MergedProxy[] {
  const { id, exported, from, idleFrom = from, now } = options;
  const fresh = reports.filter(({ writtenAt }) => writtenAt >= Math.min(from, idleFrom));
  const newest = new Map<string, Newest>();
  const namespaces = new Map<string, string>();
  const [rejecting, names] = [new Set<string>(), new Map<string, string>()];
  for (const report of fresh) {
    for (const [key, [index, secondsAgo, trouble, place = Number.NaN]] of Object.entries(report.proxies)) {
      const at = Math.min(now, report.writtenAt) - secondsAgo * 1_000;
      const isIdle = trouble === ProxyTrouble.idle;
      if (at < (isIdle ? idleFrom : from)) continue;
      const name = own(report.names, key);
      if (typeof name === 'string') names.set(key, name);
      if (trouble === ProxyTrouble.rejects) rejecting.add(key);
      const namespace = report.namespaces?.[place];
      if (namespace !== undefined) namespaces.set(key, namespace);
      if (at >= (newest.get(key)?.at ?? Number.NEGATIVE_INFINITY)) {
        newest.set(key, { at, index, isRefused: trouble === ProxyTrouble.refused, isIdle, report });
      }
    }
  }
  const samplingOf = samplingsIn(fresh);
  return [...newest].flatMap(([key, { at, index, isRefused, isIdle, report }]): MergedProxy[] => {
    const namespace = namespaces.get(key);
    const weight = samplingOf(namespace);
    if (!isSampled(key, weight)) return [];
    const holds = index < 0 ? undefined : own(report.versions[index]?.canaries ?? {}, id);
    const isConcerned = index < 0 ? namespace === undefined || sees(exported, namespace) : typeof holds === 'string';
    if (!isConcerned) return [];
    const version = report.versions[index]?.version ?? '';
    const troubles = { rejects: rejecting.has(key), isRefused, isIdle };
    return [{ namespace, holds: versionIn(holds), name: names.get(key), version, at, ...troubles, weight }];
  });
}

/** Of each namespace the sparsest sample that a report has: only what is in that one can be summed. */
function samplingsIn(reports: readonly ProxyReport[]): (namespace: string | undefined) => number {
  const sparsest = new Map<string | undefined, number>();
  const note = (namespace: string | undefined, sampling: number): void => {
    sparsest.set(namespace, Math.max(sampling, sparsest.get(namespace) ?? sampling));
  };
  for (const { namespaces, samplings, sampling } of reports) {
    if (namespaces === undefined) note(undefined, sampling);
    for (const [i, namespace] of (namespaces ?? []).entries()) note(namespace, samplings?.[i] ?? sampling);
  }
  return (namespace) => sparsest.get(namespace) ?? 1;
}

function versionIn(text: unknown): bigint | undefined {
  return typeof text === 'string' && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
