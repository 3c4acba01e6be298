import { isRecord } from '../../../json/faults.ts';
import type { TracksSums } from '../sums/track-sums.ts';
import { parseCounts } from './parse-counts.ts';

/** What a proxy counted between two of its polls, under one version of the routes. */
export interface FiguresReport {
  /** Rises with every report of a Pod: milliseconds since the epoch by its clock, or one more than the last. */
  readonly seq: number;
  /** The version of the routes: 16 hex digits. */
  readonly version: string;
  /** Whether it was sent before, and no answer came. */
  readonly isAgain: boolean;
  /** By the target's name, `shop/cart/8080/r1`. */
  readonly targets: ReadonlyMap<string, TracksSums>;
}

/** The field `figures` of a poll. */
export interface PollFigures {
  readonly reports: readonly FiguresReport[];
  /** Reports that cannot be, each refused whole. */
  readonly refused: number;
}

/** The characters of `figures`, or of `hosts`, in one poll; the sidecar sends half of it. */
export const FIGURES_CHARACTERS_MAX = 16 * 1_024;
/** Reports in one poll: the sidecar stops at 8 KB, which is some ninety of the shortest. */
const REPORTS_MAX = 128;
const VERSION = /^[0-9a-f]{16}$/;

/** Reads `figures`; never throws, and keeps nothing of the text. What is no list at all is one report that is refused. */
export function parseFigures(text: string): PollFigures {
  const list = parseShort(text);
  if (!Array.isArray(list) || list.length > REPORTS_MAX) return { reports: [], refused: 1 };
  const reports = list.flatMap((report: unknown) => parseReport(report) ?? []);
  return { reports, refused: list.length - reports.length };
}

/** The JSON value of a text of bounded length; undefined for any other text. */
export function parseShort(text: string): unknown {
  if (text.length > FIGURES_CHARACTERS_MAX) return undefined;
  try {
    // The parser copies: a slice of the body would keep all of it in memory.
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function parseReport(value: unknown): FiguresReport | undefined {
  if (!isRecord(value)) return undefined;
  const { seq, version, counts, again } = value;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  if (typeof version !== 'string' || !VERSION.test(version) || !isRecord(counts)) return undefined;
  const targets = parseCounts(counts);
  return targets === undefined ? undefined : { seq, version, isAgain: again === 1, targets };
}
