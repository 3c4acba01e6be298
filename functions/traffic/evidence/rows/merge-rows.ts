import { type EvidenceRow, SLOT_MS } from '../../../canary/evidence/evidence-store.ts';
import type { BackendHosts } from '../parse/parse-hosts.ts';
import { absorb, hasNumber } from '../sums/absorb.ts';
import { NO_LIMITS } from '../sums/evidence-limits.ts';
import { addReport, addWindow, type EvidenceSums, noEvidence, type Step } from '../sums/evidence-sums.ts';
import { createProxySums, PROXIES_MAX, type ProxySums } from '../sums/proxy-sums.ts';
import { addTracks, type TracksSums } from '../sums/track-sums.ts';
import { readRow } from './read-row.ts';

/** What a canary's routes were: by the version of the canary, and its weights. */
export interface EvidenceStep {
  readonly resourceVersion: string;
  readonly weights: { readonly stable: number; readonly canary: number };
}

/** One window under one step, summed over all proxies that count. */
export interface MergedWindow {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly step: EvidenceStep;
  readonly tracks: TracksSums;
  readonly hosts: BackendHosts | undefined;
}

/** What all environments summed. */
export interface MergedEvidence {
  /** In the order of time, and of versions within it. */
  readonly windows: readonly MergedWindow[];
  readonly counted: ProxySums<EvidenceStep>;
  readonly informing: ProxySums<EvidenceStep>;
  readonly names: EvidenceSums['names'];
  /** Reports that no window has. */
  readonly late: number;
}

/**
 * Adds the rows of a canary up; in which order they come, and who wrote them, makes no difference.
 *
 * @param from from when on single proxies are summed, in milliseconds since the epoch; windows are of all rows
 */
export function mergeRows(rows: readonly EvidenceRow[], from = 0): MergedEvidence {
  const all = noEvidence(NO_LIMITS);
  const hosts = new Map<number, { readonly at: number; readonly hosts: BackendHosts }>();
  for (const row of rows) {
    const sums = readRow(row.slot + SLOT_MS > from ? row : { ...row, proxies: [], names: [] });
    absorb(all, sums);
    if (sums.hosts !== undefined && row.writtenAt >= (hosts.get(row.slot)?.at ?? 0)) {
      hosts.set(row.slot, { at: row.writtenAt, hosts: sums.hosts });
    }
  }
  addKept(all, from);
  const stepOf = resolver(all);
  const hostsAt = (from: number): BackendHosts | undefined =>
    [...hosts].findLast(([slot]) => slot <= from && from < slot + SLOT_MS)?.[1].hosts;
  return {
    windows: windowsOf(all, stepOf, hostsAt),
    counted: proxiesOf(all.counted, stepOf),
    informing: proxiesOf(all.informing, stepOf),
    names: all.names,
    late: all.late,
  };
}

/** Reports that were sent before count where no environment has their number, and where it would be known. */
function addKept(all: EvidenceSums, from: number): void {
  for (const report of all.kept.values()) {
    if (hasNumber(all.numbers.get(report.namespace) ?? '', report.number)) continue;
    if (all.full.has(report.namespace)) all.late++;
    else if (report.from + SLOT_MS > from) addReport(all, report);
    else addWindow(all, report);
  }
}

/** What an environment did not know of a version, another one does; what none knows was never served. */
function resolver({ steps }: EvidenceSums): (step: Step) => EvidenceStep | undefined {
  const known = new Map<string, EvidenceStep>();
  for (const { namespace, version, resourceVersion, weights } of steps.values()) {
    const name = `${namespace} ${version}`;
    const other = known.get(name)?.resourceVersion ?? '0';
    if (resourceVersion !== undefined && BigInt(resourceVersion) > BigInt(other)) {
      known.set(name, { resourceVersion, weights });
    }
  }
  return ({ namespace, version, resourceVersion, weights }) =>
    resourceVersion === undefined ? known.get(`${namespace} ${version}`) : { resourceVersion, weights };
}

function windowsOf(
  { windows }: EvidenceSums,
  stepOf: (step: Step) => EvidenceStep | undefined,
  hostsAt: (from: number) => BackendHosts | undefined,
): readonly MergedWindow[] {
  const merged = new Map<string, MergedWindow>();
  for (const { from, step: named, tracks } of windows.values()) {
    const step = stepOf(named);
    if (step === undefined) continue;
    const key = `${from} ${nameOf(step)}`;
    const before = merged.get(key)?.tracks;
    const sum = before === undefined ? tracks : addTracks(before, tracks);
    merged.set(key, { from, step, tracks: sum, hosts: hostsAt(from) });
  }
  return [...merged.values()].toSorted(
    (a, b) => a.from - b.from || Number(a.step.resourceVersion) - Number(b.step.resourceVersion),
  );
}

function proxiesOf(
  { proxies }: ProxySums<Step>,
  stepOf: (step: Step) => EvidenceStep | undefined,
): ProxySums<EvidenceStep> {
  // They are few enough, or stand for many, already.
  const merged = createProxySums<EvidenceStep>(PROXIES_MAX, (key) => key);
  for (const [key, steps] of proxies) {
    for (const { step: named, tracks } of steps.values()) {
      const step = stepOf(named);
      if (step !== undefined) merged.add(key, nameOf(step), { step, tracks });
    }
  }
  return merged;
}

/** A step's own name: the same routes may stand twice. */
function nameOf({ resourceVersion, weights }: EvidenceStep): string {
  return `${resourceVersion} ${weights.stable}/${weights.canary}`;
}
