import type { EvidenceRow, SumsRow } from '../../../canary/evidence/evidence-store.ts';
import type { EvidenceSums, FiguresReport, Step } from '../sums/evidence-sums.ts';
import { stepKey } from '../sums/evidence-sums.ts';
import { SUM_FIELDS, type TrackSums, type TracksSums } from '../sums/track-sums.ts';

/** DynamoDB's limit for an item is 400 KB, its attributes' names and key included. */
export const ROW_BYTES_MAX = 380_000;

/**
 * The row of sums. Whatever proxies told, it fits into an item: what it has no room for is left out, first the times of
 * responses, then reports that were sent before, then the numbers by which those are recognized, then single proxies.
 *
 * @param slot when the slot begins, and `writtenAt` now; milliseconds since the epoch
 */
export function rowOf(sums: EvidenceSums, slot: number, writtenAt: number): EvidenceRow {
  const whole = wholeRow(sums, slot, writtenAt);
  const thinner: readonly ((row: EvidenceRow) => EvidenceRow)[] = [
    (row) => row,
    (row) => ({
      ...row,
      windows: row.windows.map(([from, step, [stable], [canary]]) => [from, step, [stable], [canary]] as const),
    }),
    (row) => ({ ...row, kept: [], late: row.late + row.kept.length }),
    (row) => ({ ...row, numbers: [], full: [...new Set([...row.full, ...row.numbers.map(([name]) => name)])] }),
    (row) => ({ ...row, proxies: [], names: [], reporting: '', silent: '' }),
  ];
  let row = whole;
  for (const thin of thinner) {
    row = thin(row);
    if (Buffer.byteLength(JSON.stringify(row)) <= ROW_BYTES_MAX) break;
  }
  return row;
}

function wholeRow(sums: EvidenceSums, slot: number, writtenAt: number): EvidenceRow {
  const steps = [...sums.steps.values()];
  const indexes = new Map(steps.map((step, i) => [stepKey(step), i]));
  const indexOf = (step: Step): number => indexes.get(stepKey(step)) ?? -1;
  const proxiesOf = (kind: 'counted' | 'informing'): EvidenceRow['proxies'] =>
    [...sums[kind].proxies].flatMap(([key, byStep]) =>
      [...byStep.values()].map(
        ({ step, tracks }) => [key, kind === 'counted' ? 1 : 0, indexOf(step), ...tracksRow(tracks)] as const,
      ),
    );
  const { hosts } = sums;
  return {
    slot,
    writtenAt,
    steps: steps.map(({ namespace, version, resourceVersion = '', weights }) => [
      namespace,
      version,
      resourceVersion,
      weights.stable,
      weights.canary,
    ]),
    windows: [...sums.windows.values()].map(
      ({ from, step, tracks }) => [from - slot, indexOf(step), ...tracksRow(tracks)] as const,
    ),
    proxies: [...proxiesOf('counted'), ...proxiesOf('informing')],
    names: [...sums.names].map(([key, { namespace, pod }]) => [key, namespace, pod] as const),
    reporting: [...sums.reporting].join(''),
    silent: [...sums.silent].join(''),
    numbers: [...sums.numbers],
    full: [...sums.full],
    kept: [...sums.kept.values()].map((report) => keptRow(report, slot, indexOf(report.step))),
    ...(hosts === undefined
      ? {}
      : { hosts: [hosts.stable.healthy, hosts.stable.total, hosts.canary.healthy, hosts.canary.total] }),
    late: sums.late,
  };
}

function keptRow(
  { number, from, key, pod, tracks }: FiguresReport,
  slot: number,
  step: number,
): EvidenceRow['kept'][0] {
  return [number, from - slot, step, key, pod, ...tracksRow(tracks)];
}

function tracksRow({ stable, canary }: TracksSums): readonly [SumsRow, SumsRow] {
  return [sumsRow(stable), sumsRow(canary)];
}

function sumsRow(sums: TrackSums): SumsRow {
  const numbers = SUM_FIELDS.map((field) => sums[field]);
  const last = numbers.findLastIndex((n) => n !== 0);
  const short = numbers.slice(0, last + 1);
  return sums.latency.size === 0 ? [short] : [short, [...sums.latency].flat()];
}
