import type { EvidenceRow, SumsRow } from '../../../canary/evidence/evidence-store.ts';
import { NO_LIMITS } from '../sums/evidence-limits.ts';
import { addWindow, type EvidenceSums, noEvidence, noteStep, type Step, stepKey } from '../sums/evidence-sums.ts';
import { NO_SUMS, type TrackSums, type TracksSums } from '../sums/track-sums.ts';

const KEY_CHARACTERS = 12;

/** The sums that a row was written of. What it says of a step that it does not have is left out. */
export function readRow(row: EvidenceRow): EvidenceSums {
  const sums = noEvidence(NO_LIMITS);
  const steps = row.steps.map(([namespace, version, resourceVersion, stable, canary]): Step => {
    const weights = { stable, canary };
    return { namespace, version, resourceVersion: resourceVersion === '' ? undefined : resourceVersion, weights };
  });
  for (const step of steps) noteStep(sums, step);
  for (const [from, at, stable, canary] of row.windows) {
    const step = steps[at];
    if (step !== undefined) addWindow(sums, { from: row.slot + from, step, tracks: tracksIn(stable, canary) });
  }
  readProxies(sums, row, steps);
  for (const [key, namespace, pod] of row.names) sums.names.set(key, { namespace, pod });
  for (const key of pieces(row.reporting, KEY_CHARACTERS)) sums.reporting.add(key);
  for (const key of pieces(row.silent, KEY_CHARACTERS)) sums.silent.add(key);
  for (const [namespace, numbers] of row.numbers) sums.numbers.set(namespace, numbers);
  for (const namespace of row.full) sums.full.add(namespace);
  readKept(sums, row, steps);
  sums.hosts = hostsIn(row.hosts ?? []);
  sums.late = row.late;
  return sums;
}

function readProxies(sums: EvidenceSums, { proxies }: EvidenceRow, steps: readonly Step[]): void {
  for (const [key, counts, at, stable, canary] of proxies) {
    const step = steps[at];
    if (step === undefined) continue;
    (counts === 1 ? sums.counted : sums.informing).add(key, stepKey(step), { step, tracks: tracksIn(stable, canary) });
  }
}

function hostsIn([stableHealthy, stableTotal, healthy, total]: readonly number[]): EvidenceSums['hosts'] {
  if (stableHealthy === undefined || stableTotal === undefined || healthy === undefined || total === undefined) {
    return undefined;
  }
  return { stable: { healthy: stableHealthy, total: stableTotal }, canary: { healthy, total } };
}

function readKept(sums: EvidenceSums, { kept, slot }: EvidenceRow, steps: readonly Step[]): void {
  for (const [number, from, at, key, pod, stable, canary] of kept) {
    const step = steps[at];
    if (step === undefined) continue;
    const { namespace } = step;
    const tracks = tracksIn(stable, canary);
    sums.kept.set(number, { number, from: slot + from, step, key, namespace, pod, isCounted: true, tracks });
  }
}

function tracksIn(stable: SumsRow, canary: SumsRow): TracksSums {
  return { stable: sumsIn(stable), canary: sumsIn(canary) };
}

function sumsIn([numbers, latency]: SumsRow): TrackSums {
  if (numbers.length === 0 && latency === undefined) return NO_SUMS;
  const [responses = 0, errors = 0, grpcFailures = 0, cut = 0, left = 0, balance = 0] = numbers;
  return { responses, errors, grpcFailures, cut, left, balance, latency: latencyIn(latency ?? []) };
}

function latencyIn(flat: readonly number[]): ReadonlyMap<number, number> {
  if (flat.length === 0) return NO_SUMS.latency;
  const latency = new Map<number, number>();
  for (let i = 0; i + 1 < flat.length; i += 2) latency.set(flat[i] ?? 0, flat[i + 1] ?? 0);
  return latency;
}

function* pieces(text: string, length: number): Generator<string> {
  for (let at = 0; at + length <= text.length; at += length) yield text.slice(at, at + length);
}
