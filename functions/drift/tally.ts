import { mapOf, nameOf, type RawPod } from '../kubernetes/pod.ts';
import type { PodDrift } from './examine-pod.ts';
import { fixOf } from './fix-commands.ts';
import type { WorkloadDrift } from './report.ts';
import { DRIFTS, type DriftCounts, type DriftReport, type TemplateDrift, type Workload } from './report.ts';
import { workloadOf } from './workload.ts';

/** Sums up Pods by workload, in memory that does not grow with the number of Pods. */
export interface Tally {
  add(pod: RawPod, namespace: string, drift: PodDrift): void;
  /** The sums, and the workloads with drift. */
  report(): Pick<DriftReport, keyof DriftCounts | 'workloads' | 'podsLeftOut'>;
}

/** Workloads that are listed one by one: a Kubernetes cluster has at most 150,000 Pods. Later ones are only in the sums. */
const WORKLOADS_MAX = 20_000;
/** Names of Pods that differ, per workload: enough to look at one. */
const EXAMPLES_MAX = 5;
/** Lines of templates per workload: their names may come from annotations. */
const TEMPLATES_MAX = 32;
/** Lines in all: three for each workload. Forged annotations could otherwise bring ten times as many, of 700 bytes each. */
const LINES_MAX = 60_000;
/** Versions per line. */
const VERSIONS_MAX = 5;
/** The reason of the first Pod that would be refused. */
const REASON_CHARACTERS_MAX = 400;

interface Line {
  readonly name: string;
  readonly drift: TemplateDrift['drift'];
  pods: number;
  readonly from: Set<string>;
  readonly to: Set<string>;
}

interface Entry {
  readonly workload: Workload;
  readonly counts: Counts;
  readonly lines: Map<string, Line>;
  readonly examples: string[];
  reason: string | undefined;
}

type Counts = { -readonly [K in keyof DriftCounts]: DriftCounts[K] };

/** Makes an empty tally. */
export function createTally(): Tally {
  const sums = noCounts();
  const entries = new Map<string, Entry>();
  let podsLeftOut = 0;
  let linesLeft = LINES_MAX;

  return {
    add(pod, namespace, drift) {
      count(sums, drift);
      const workload = workloadOf(pod, namespace);
      const key = `${namespace}/${workload.kind}/${workload.name}`;
      const known = entries.get(key);
      if (known === undefined && entries.size >= WORKLOADS_MAX) {
        if (differs(drift)) podsLeftOut++;
        return;
      }
      const entry = known ?? { workload, counts: noCounts(), lines: new Map(), examples: [], reason: undefined };
      if (known === undefined) entries.set(key, entry);
      count(entry.counts, drift);
      if (!differs(drift)) return;
      const linesBefore = entry.lines.size;
      note(entry, pod, drift, linesBefore + linesLeft);
      linesLeft -= entry.lines.size - linesBefore;
    },
    report: () => ({
      ...sums,
      workloads: [...entries.values()]
        .filter(({ counts }) => counts.drifted > 0)
        .map(describe)
        .sort(byName),
      podsLeftOut,
    }),
  };
}

function noCounts(): Counts {
  return { pods: 0, drifted: 0, missing: 0, outdated: 0, extra: 0, refused: 0 };
}

function differs({ templates, refused }: PodDrift): boolean {
  return templates.length > 0 || refused !== undefined;
}

function count(counts: Counts, drift: PodDrift): void {
  counts.pods++;
  if (differs(drift)) counts.drifted++;
  if (drift.refused !== undefined) counts.refused++;
  for (const kind of DRIFTS) if (drift.templates.some((t) => t.drift === kind)) counts[kind]++;
}

function note(entry: Entry, pod: RawPod, { templates, refused }: PodDrift, linesMax: number): void {
  const name = nameOf(mapOf(pod, 'metadata'));
  if (name !== undefined && entry.examples.length < EXAMPLES_MAX) entry.examples.push(name);
  entry.reason ??= refused?.slice(0, REASON_CHARACTERS_MAX);
  for (const template of templates) {
    const key = `${template.drift} ${template.name}`;
    const { name, drift, from, to } = template;
    const line = entry.lines.get(key) ?? { name, drift, pods: 0, from: new Set<string>(), to: new Set<string>() };
    if (!entry.lines.has(key) && entry.lines.size >= Math.min(TEMPLATES_MAX, linesMax)) continue;
    entry.lines.set(key, line);
    line.pods++;
    if (from !== undefined && line.from.size < VERSIONS_MAX) line.from.add(from);
    if (to !== undefined && line.to.size < VERSIONS_MAX) line.to.add(to);
  }
}

function describe({ workload, counts, lines, examples, reason }: Entry): WorkloadDrift {
  const templates = [...lines.values()].map(({ from, to, ...line }) => ({ ...line, from: [...from], to: [...to] }));
  return {
    ...workload,
    ...counts,
    ...(reason === undefined ? {} : { reason }),
    templates: templates.sort((a, b) => compare(a.name, b.name) || compare(a.drift, b.drift)),
    examples,
    ...fixOf(workload, reason),
  };
}

function byName(a: Workload, b: Workload): number {
  return compare(a.namespace, b.namespace) || compare(a.kind, b.kind) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
