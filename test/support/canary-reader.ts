import type { Canary } from '../../functions/canary/canary.ts';
import type { EvidenceRow, EvidenceStore, HostsRow } from '../../functions/canary/evidence/evidence-store.ts';
import type { Pace, PaceStore } from '../../functions/canary/pace.ts';
import type { ProxyReport, ProxyReportStore } from '../../functions/canary/proxy-reports.ts';
import type { CanaryReader, UnreadableCanary } from '../../functions/canary/store.ts';

/** Canaries to read and reports to write, in memory, with every trouble that a network can bring. */
export interface TestReader extends CanaryReader, ProxyReportStore, EvidenceStore, PaceStore {
  /** What was noted, newest last. */
  readonly paces: Pace[];
  /** What is served from now on; moves the head. */
  set(...canaries: readonly Canary[]): void;
  /** Makes canaries (`namespace/name`) something that no version of this program wrote; moves the head. */
  spoil(...names: readonly string[]): void;
  /** Set: every read and write does this first. */
  trouble: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly reads: { head: number; list: number };
  readonly reports: Map<string, ProxyReport>;
  /** By `cluster namespace/name slot environment`. */
  readonly evidence: Map<string, EvidenceRow>;
  readonly hosts: Map<string, HostsRow>;
}

/** Makes a reader of no canaries. */
export function createTestReader(): TestReader {
  let head = 0;
  let canaries: readonly Canary[] = [];
  let unreadable: readonly UnreadableCanary[] = [];
  const reports = new Map<string, ProxyReport>();
  const evidence = new Map<string, EvidenceRow>();
  const hosts = new Map<string, HostsRow>();
  const reader: TestReader = {
    trouble: undefined,
    reads: { head: 0, list: 0 },
    reports,
    evidence,
    hosts,
    paces: [],
    set: (...next) => {
      head++;
      canaries = next;
      unreadable = [];
    },
    spoil: (...names) => {
      head++;
      const isSpoilt = ({ metadata: { namespace, name } }: Canary): boolean => names.includes(`${namespace}/${name}`);
      unreadable = canaries.filter(isSpoilt).map(({ metadata }) => ({ ...metadata, why: 'cannot be read (spec)' }));
      canaries = canaries.filter((canary) => !isSpoilt(canary));
    },
    readHead: async (_cluster, signal) => {
      reader.reads.head++;
      await reader.trouble?.(signal);
      return head;
    },
    listMoves: async () => undefined,
    listCanaries: async (_cluster, signal) => {
      reader.reads.list++;
      await reader.trouble?.(signal);
      return { head, canaries, unreadable };
    },
    writeProxyReport: async (cluster, environment, report, signal) => {
      await reader.trouble?.(signal);
      reports.set(`${cluster} ${environment}`, report);
    },
    writeEvidence: async ({ cluster, namespace, name }, environment, row, signal) => {
      await reader.trouble?.(signal);
      evidence.set(`${cluster} ${namespace}/${name} ${row.slot} ${environment}`, row);
    },
    readEvidence: async ({ cluster, namespace, name }, { from, to }) =>
      [...evidence]
        .filter(([key, { slot }]) => key.startsWith(`${cluster} ${namespace}/${name} `) && slot >= from && slot <= to)
        .map(([, row]) => row),
    writeHosts: async (cluster, environment, row, signal) => {
      await reader.trouble?.(signal);
      hosts.set(`${cluster} ${environment}`, row);
    },
    readHosts: async () => [...hosts.values()],
    notePace: async (_cluster, pace, signal) => {
      await reader.trouble?.(signal);
      reader.paces.push(pace);
    },
    findPace: async () => reader.paces.at(-1),
    readProxyReports: async (_cluster, signal) => {
      await reader.trouble?.(signal);
      return [...reports.values()];
    },
  };
  return reader;
}
