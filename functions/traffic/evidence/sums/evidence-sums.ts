import type { BackendHosts } from '../parse/parse-hosts.ts';
import type { EvidenceLimits } from './evidence-limits.ts';
import { bucketByKey, createProxySums, oneBucket, PROXIES_MAX, type ProxySums } from './proxy-sums.ts';
import { addTo, type RunningTracks, runningTracks, type TracksSums } from './track-sums.ts';

/** One version of the routes as one namespace ran it, with what it held of the canary. */
export interface Step {
  readonly namespace: string;
  readonly version: string;
  /** Undefined where this environment never served the version. */
  readonly resourceVersion: string | undefined;
  readonly weights: { readonly stable: number; readonly canary: number };
}

/** One report of one proxy about one canary. */
export interface FiguresReport {
  readonly key: string;
  readonly namespace: string;
  readonly pod: string;
  /** Whether it is of a namespace that makes evidence; others inform. */
  readonly isCounted: boolean;
  readonly step: Step;
  /** When its window begins, in milliseconds since the epoch. */
  readonly from: number;
  /** See `numberOf`. */
  readonly number: string;
  readonly tracks: TracksSums;
}

/** What is added to one window under one step. */
export interface WindowSums {
  readonly from: number;
  readonly step: Step;
  readonly tracks: TracksSums;
}

/** The sums of one window under one step. */
interface RunningWindow extends WindowSums {
  readonly tracks: RunningTracks;
}

/** Everything that was summed of one canary. */
export interface EvidenceSums {
  readonly limits: EvidenceLimits;
  /** By when they begin and their step. Of proxies that count alone. */
  readonly windows: Map<string, RunningWindow>;
  readonly counted: ProxySums<Step>;
  readonly informing: ProxySums<Step>;
  readonly names: Map<string, { readonly namespace: string; readonly pod: string }>;
  /** Steps that are known, though nothing may be counted under them yet. */
  readonly steps: Map<string, Step>;
  readonly reporting: Set<string>;
  readonly silent: Set<string>;
  /** Numbers of the reports that are summed, by namespace, one behind the other: a set of them takes ten times the heap. */
  readonly numbers: Map<string, string>;
  /** Namespaces of which not all numbers are there. */
  readonly full: Set<string>;
  /** Reports that were sent before, by number. */
  readonly kept: Map<string, FiguresReport>;
  hosts: BackendHosts | undefined;
  late: number;
}

/** Proxies that inform and are told one by one. */
const INFORMING_MAX = 64;

/** Sums of nothing. */
export function noEvidence(limits: EvidenceLimits): EvidenceSums {
  return {
    limits,
    windows: new Map(),
    counted: createProxySums(PROXIES_MAX, bucketByKey),
    informing: createProxySums(INFORMING_MAX, oneBucket),
    names: new Map(),
    steps: new Map(),
    reporting: new Set(),
    silent: new Set(),
    numbers: new Map(),
    full: new Set(),
    kept: new Map(),
    hosts: undefined,
    late: 0,
  };
}

/** What tells steps apart. */
export function stepKey({ namespace, version, resourceVersion = '' }: Step): string {
  return `${namespace} ${version} ${resourceVersion}`;
}

/** What proxies are summed by: what their routes held, whatever the namespace; where that is not known, the step. */
function heldBy(step: Step): string {
  const { resourceVersion, weights } = step;
  return resourceVersion === undefined ? stepKey(step) : `${resourceVersion} ${weights.stable}/${weights.canary}`;
}

/** Notes a step; false where there is no room for it. A namespace may name few versions that were not served here. */
export function noteStep({ steps, limits }: EvidenceSums, step: Step, key = stepKey(step)): boolean {
  if (steps.has(key)) return true;
  if (steps.size >= limits.steps) return false;
  const isUnknown = ({ namespace, resourceVersion }: Step): boolean =>
    resourceVersion === undefined && namespace === step.namespace;
  if (isUnknown(step) && [...steps.values()].filter(isUnknown).length >= limits.unknownSteps) return false;
  steps.set(key, step);
  return true;
}

/** Adds a report: to its window where the proxy counts, and to its proxy. */
export function addReport(sums: EvidenceSums, report: FiguresReport): void {
  const { key, namespace, pod, isCounted, step, from, tracks } = report;
  const stepName = stepKey(step);
  if (!noteStep(sums, step, stepName)) return void sums.late++;
  if (isCounted) addWindow(sums, { from, step, tracks }, stepName);
  (isCounted ? sums.counted : sums.informing).add(key, heldBy(step), { step, tracks });
  noteName(sums, key, { namespace, pod });
}

/** Adds to a window. */
export function addWindow({ windows }: EvidenceSums, { from, step, tracks }: WindowSums, name = stepKey(step)): void {
  const key = `${from} ${name}`;
  const window = windows.get(key) ?? { from, step, tracks: runningTracks() };
  windows.set(key, window);
  addTo(window.tracks, tracks, 'latency');
}

/** Notes what a proxy is called, as long as proxies are summed one by one. */
export function noteName(
  { names }: EvidenceSums,
  key: string,
  name: { readonly namespace: string; readonly pod: string },
): void {
  if (names.has(key) || names.size < PROXIES_MAX + INFORMING_MAX) names.set(key, name);
}
