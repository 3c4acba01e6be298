/** How often a window comes again. */
export type Frequency = 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';

/** A day of the week: 0 is Sunday. With an ordinal the first, second, … of its month or year; negative ones count from the end. */
export interface ByDay {
  readonly weekday: number;
  readonly ordinal?: number;
}

/** The part of an RRULE (RFC 5545 §3.3.10) that says on which days a window begins. */
export interface Recurrence {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly byDay: readonly ByDay[];
  /** Negative ones count from the end of the month. */
  readonly byMonthDay: readonly number[];
  readonly byMonth: readonly number[];
  readonly count?: number;
  /** The last moment at which a window may begin: `date` is a day of the window's own calendar, `instant` one of UTC; in milliseconds. */
  readonly until?: { readonly date: number } | { readonly instant: number };
}

/** The rule, or what is wrong with it. */
export type ReadRecurrence = { readonly recurrence: Recurrence } | { readonly fault: string };

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const FREQUENCIES: readonly Frequency[] = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const KNOWN = ['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'BYMONTH', 'COUNT', 'UNTIL'];
/** Parts of RFC 5545 that would mean something, and are not built: refused by name. */
const NOT_BUILT = ['BYHOUR', 'BYMINUTE', 'BYSECOND', 'BYSETPOS', 'BYWEEKNO', 'BYYEARDAY', 'WKST'];
const BY_DAY = /^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)$/;
const UNTIL = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})Z)?$/;
const INTERVAL_MAX = 366;
const COUNT_MAX = 1_000;

class Malformed extends Error {
  override readonly name = 'Malformed' as const;
}

/** Reads `FREQ=WEEKLY;BYDAY=FR`. The caller bounds the length of the text before. */
export function parseRecurrence(text: string): ReadRecurrence {
  try {
    const recurrence = readParts(partsOf(text));
    checkTogether(recurrence);
    return { recurrence };
  } catch (error) {
    if (error instanceof Malformed) return { fault: error.message };
    throw error;
  }
}

function partsOf(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.split(';')) {
    const at = part.indexOf('=');
    const key = part.slice(0, Math.max(0, at));
    if (NOT_BUILT.includes(key)) throw new Malformed(`${key} is not supported; known are ${KNOWN.join(', ')}`);
    if (!KNOWN.includes(key)) {
      throw new Malformed(`must be an RRULE such as FREQ=WEEKLY;BYDAY=FR; its parts are ${KNOWN.join(', ')}`);
    }
    if (parts.has(key)) throw new Malformed(`${key} is there twice`);
    parts.set(key, part.slice(at + 1));
  }
  return parts;
}

function readParts(parts: ReadonlyMap<string, string>): Recurrence {
  const given = parts.get('FREQ');
  const frequency = FREQUENCIES.find((word) => word === given);
  if (frequency === undefined) throw new Malformed(`FREQ must be one of ${FREQUENCIES.join(', ')}`);
  const count = parts.get('COUNT');
  const until = parts.get('UNTIL');
  return {
    frequency,
    interval: numberIn('INTERVAL', parts.get('INTERVAL') ?? '1', INTERVAL_MAX),
    byDay: listOf(parts.get('BYDAY')).map(readDay),
    byMonthDay: listOf(parts.get('BYMONTHDAY')).map((part) => numberIn('BYMONTHDAY', part, 31, true)),
    byMonth: listOf(parts.get('BYMONTH')).map((part) => numberIn('BYMONTH', part, 12)),
    ...(count === undefined ? {} : { count: numberIn('COUNT', count, COUNT_MAX) }),
    ...(until === undefined ? {} : { until: readUntil(until) }),
  };
}

/** What RFC 5545 forbids of parts that are right each. */
function checkTogether({ frequency, byDay, byMonthDay, byMonth, count, until }: Recurrence): void {
  if (count !== undefined && until !== undefined) throw new Malformed('COUNT and UNTIL exclude each other');
  if (frequency === 'WEEKLY' && byMonthDay.length > 0) throw new Malformed('FREQ=WEEKLY takes no BYMONTHDAY');
  const ordinals = byDay.flatMap(({ ordinal }) => ordinal ?? []);
  if (ordinals.length === 0) return;
  if (frequency === 'DAILY' || frequency === 'WEEKLY') {
    throw new Malformed(`FREQ=${frequency} takes days of the week without a number`);
  }
  const most = frequency === 'YEARLY' && byMonth.length === 0 ? 53 : 5;
  if (ordinals.some((ordinal) => Math.abs(ordinal) > most)) {
    throw new Malformed(`BYDAY must count from 1 to ${most}, or from -${most} to -1`);
  }
}

function listOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(',');
}

function numberIn(part: string, text: string, most: number, isSigned = false): number {
  const number = /^[+-]?\d{1,4}$/.test(text) && (isSigned || !/^[+-]/.test(text)) ? Number(text) : 0;
  if (Math.abs(number) >= 1 && Math.abs(number) <= most) return number;
  throw new Malformed(`${part} must be a number from 1 to ${most}${isSigned ? ` or from -${most} to -1` : ''}`);
}

function readDay(text: string): ByDay {
  const [, ordinal, name = ''] = BY_DAY.exec(text) ?? [];
  const weekday = WEEKDAYS.indexOf(name);
  if (weekday < 0) throw new Malformed('BYDAY must be days such as MO,FR, or 1MO and -1FR of a month');
  return { weekday, ...(ordinal === undefined ? {} : { ordinal: numberIn('BYDAY', ordinal, 53, true) }) };
}

function readUntil(text: string): NonNullable<Recurrence['until']> {
  const [, ...found] = UNTIL.exec(text) ?? [];
  const [year = 0, month = 0, day = 0, hour, minute = 0, second = 0] = found.map((part) =>
    part === undefined ? undefined : Number(part),
  );
  const time = Date.UTC(year, month - 1, day, hour ?? 0, minute, second);
  // A day that no calendar has is moved by Date.
  const written = new Date(time).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  if (found.length > 0 && written.startsWith(text.replace(/Z$/, ''))) {
    return hour === undefined ? { date: time } : { instant: time };
  }
  throw new Malformed('UNTIL must be a day such as 20261231, or a time of UTC such as 20261231T235959Z');
}
