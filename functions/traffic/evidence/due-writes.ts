import type { EvidenceWriter } from '../../canary/evidence/evidence-store.ts';
import { EVIDENCE_WRITE_EVERY_MS, HOSTS_WRITE_EVERY_MS, REPORT_WRITE_MS } from '../../limits.ts';
import type { ClusterEvidence } from './cluster-evidence.ts';

/** Where an environment writes. */
export interface WritePlace {
  readonly store: EvidenceWriter;
  readonly environment: string;
  readonly cluster: string;
}

/** One write; rejects with CanaryStoreError. */
type Write = () => Promise<void>;

/** Canaries whose rows are written at a time; of more each has its turn. */
const WRITES_MAX = 16;
const NONE: readonly Write[] = [];

/** The writes that are due, which are as good as made then: nothing of them is due again until something is added. */
export function dueWrites(place: WritePlace, entry: ClusterEvidence, at: number): readonly Write[] {
  const [rows, hosts] = [dueRows(place, entry, at), dueHosts(place, entry, at)];
  return rows.length === 0 && hosts.length === 0 ? NONE : [...rows, ...hosts];
}

function dueRows({ store, environment, cluster }: WritePlace, entry: ClusterEvidence, at: number): readonly Write[] {
  if (at >= entry.writtenAt && at < entry.writtenAt + EVIDENCE_WRITE_EVERY_MS) return NONE;
  const waiting = [...entry.canaries.values()]
    .flatMap(({ whose, sums }) => {
      const since = sums.waitingSince();
      return since === undefined ? [] : [{ whose, sums, since }];
    })
    .toSorted((a, b) => a.since - b.since)
    .slice(0, WRITES_MAX);
  if (waiting.length === 0) return NONE;
  entry.writtenAt = at;
  for (const [id, { sums }] of entry.canaries) if (sums.isOver(at)) entry.canaries.delete(id);
  return waiting.flatMap(({ whose, sums }) =>
    sums.takeRows(entry.steps.lastOf(`${whose.namespace}/${whose.name}`), at).map((row) => async () => {
      const signal = AbortSignal.timeout(REPORT_WRITE_MS);
      await store.writeEvidence({ cluster, ...whose }, environment, row, signal).catch((error: unknown) => {
        sums.putBack(row.slot, at);
        throw error;
      });
    }),
  );
}

/** What is found now and was not before is told soon, what is as it was once a minute. */
function dueHosts({ store, environment, cluster }: WritePlace, entry: ClusterEvidence, at: number): readonly Write[] {
  const every = entry.heard === 'news' ? EVIDENCE_WRITE_EVERY_MS : HOSTS_WRITE_EVERY_MS;
  const isEarly = at >= entry.hostsWrittenAt && at < entry.hostsWrittenAt + every;
  if (entry.heard === 'nothing' || isEarly) return NONE;
  entry.heard = 'nothing';
  entry.hostsWrittenAt = at;
  const row = entry.hosts.row(at);
  return [() => store.writeHosts(cluster, environment, row, AbortSignal.timeout(REPORT_WRITE_MS))];
}
