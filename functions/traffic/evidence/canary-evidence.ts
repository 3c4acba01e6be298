import { type EvidenceRow, SLOT_MS } from '../../canary/evidence/evidence-store.ts';
import type { BackendHosts } from './parse/parse-hosts.ts';
import { rowOf } from './rows/write-row.ts';
import { absorb, hasNumber, keepReport, noteCaller, sumReport } from './sums/absorb.ts';
import { SLOT_LIMITS } from './sums/evidence-limits.ts';
import { type EvidenceSums, type FiguresReport, noEvidence, noteStep, type Step } from './sums/evidence-sums.ts';

/** How long a window is, in milliseconds. */
export const WINDOW_MS = 5_000;
/** After its end a window takes nothing more: who has read it then has read all of it. */
export const CLOSED_AFTER_MS = 10_000;

/** What an environment sums of one canary, slot by slot. */
export interface CanaryEvidence {
  /** Sums a report, or keeps one that was sent before; `from` of the report is set by the time of its arrival. */
  add(report: Omit<FiguresReport, 'from'>, isAgain: boolean, at: number): void;
  noteCaller(key: string, isReporting: boolean, at: number): void;
  noteHosts(hosts: BackendHosts, at: number): void;
  /** Since when something waits to be written, in milliseconds since the epoch; undefined for nothing. */
  waitingSince(): number | undefined;
  /** The rows to write now, of the slots that something was added to since they were taken last. */
  takeRows(knownSteps: Iterable<Step>, at: number): readonly EvidenceRow[];
  /** Puts a row back that could not be written: it is taken again. */
  putBack(slot: number, at: number): void;
  /** Whether nothing was added for a while and nothing waits to be written. */
  isOver(at: number): boolean;
}

interface Slot {
  readonly sums: EvidenceSums;
  /** What was added since the last write, by window: a window that closes before it is written is late. */
  readonly fresh: Map<number, { readonly sums: EvidenceSums; reports: number }>;
  dirtySince: number | undefined;
}

/** Makes sums of nothing. */
export function createCanaryEvidence(): CanaryEvidence {
  const slots = new Map<number, Slot>();
  const waitingSince = (): number | undefined => {
    const times = [...slots.values()].flatMap(({ dirtySince }) => dirtySince ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  };

  return {
    waitingSince,
    isOver: (at) => waitingSince() === undefined && !slots.has(startOf(at, SLOT_MS)),
    add(report, isAgain, at) {
      const slot = slotAt(at);
      if (isAgain && hasNumber(slot.sums.numbers.get(report.namespace) ?? '', report.number)) return;
      const from = startOf(at, WINDOW_MS);
      const fresh = slot.fresh.get(from) ?? { sums: noEvidence(SLOT_LIMITS), reports: 0 };
      slot.fresh.set(from, fresh);
      fresh.reports++;
      (isAgain ? keepReport : sumReport)(fresh.sums, { ...report, from });
      slot.dirtySince ??= at;
    },
    noteCaller(key, isReporting, at) {
      const slot = slotAt(at);
      const { reporting, silent } = slot.sums;
      if ((isReporting ? reporting : silent).has(key)) return;
      noteCaller(slot.sums, key, isReporting);
      slot.dirtySince ??= at;
    },
    noteHosts(hosts, at) {
      // They go with the next write: the row of hosts has them as well.
      slotAt(at).sums.hosts = hosts;
    },
    takeRows(knownSteps, at) {
      const rows: EvidenceRow[] = [];
      for (const [start, slot] of slots) {
        if (slot.dirtySince === undefined) continue;
        settle(slot, at);
        for (const step of knownSteps) noteStep(slot.sums, step);
        slot.dirtySince = undefined;
        rows.push(rowOf(slot.sums, start, at));
      }
      return rows;
    },
    putBack(start, at) {
      const slot = slots.get(start);
      if (slot !== undefined) slot.dirtySince ??= at;
    },
  };

  /** The slot of now; those that are over and written are forgotten. */
  function slotAt(at: number): Slot {
    const start = startOf(at, SLOT_MS);
    const known = slots.get(start);
    if (known !== undefined) return known;
    for (const [other, { dirtySince }] of slots) {
      const isOver = other < start - 2 * SLOT_MS || other > start;
      if (isOver || dirtySince === undefined) slots.delete(other);
    }
    const slot: Slot = { sums: noEvidence(SLOT_LIMITS), fresh: new Map(), dirtySince: undefined };
    slots.set(start, slot);
    return slot;
  }
}

/** Moves what is fresh to the sums of its slot, but for windows that have closed: their readers have gone on. */
function settle({ sums, fresh }: Slot, at: number): void {
  for (const [from, window] of fresh) {
    if (at < from + WINDOW_MS + CLOSED_AFTER_MS) absorb(sums, window.sums);
    else sums.late += window.reports;
  }
  fresh.clear();
}

/** When the window or slot of a moment begins. */
function startOf(at: number, length: number): number {
  return Math.floor(at / length) * length;
}
