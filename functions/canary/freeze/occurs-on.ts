import { DAY_MS } from './local-time.ts';
import type { ByDay, Frequency, Recurrence } from './recurrence.ts';

/** A day of a calendar, as days since 1970-01-01. */
export type Day = number;

/** The first Monday of all counted days: weeks begin on Mondays, which is what RFC 5545 takes without WKST. */
const MONDAY: Day = 4;

/** The day that a wall time is in. @param wall as `wallTimeAt` gives it */
export function dayOf(wall: number): Day {
  return Math.floor(wall / DAY_MS);
}

/**
 * Whether a rule that begins on a day has an occurrence on another one, by RFC 5545 §3.3.10, whose table this follows. COUNT and
 * UNTIL are not looked at.
 */
export function occursOn(day: Day, start: Day, rule: Recurrence): boolean {
  return day >= start && isInPeriod(day, start, rule) && isInMonths(day, start, rule) && isOnDays(day, start, rule);
}

/** Every so many days, weeks, months or years from the first one. */
function isInPeriod(day: Day, start: Day, { frequency, interval }: Recurrence): boolean {
  return (periodOf(day, frequency) - periodOf(start, frequency)) % interval === 0;
}

function periodOf(day: Day, frequency: Frequency): number {
  if (frequency === 'DAILY') return day;
  if (frequency === 'WEEKLY') return Math.floor((day - MONDAY) / 7);
  const { year, month } = partsOf(day);
  return frequency === 'MONTHLY' ? year * 12 + month : year;
}

function isInMonths(day: Day, start: Day, { frequency, byMonth, byDay, byMonthDay }: Recurrence): boolean {
  const { month } = partsOf(day);
  if (byMonth.length > 0) return byMonth.includes(month);
  // A year's rule with days and without months means all months; without either, the first day's month.
  if (frequency !== 'YEARLY' || byDay.length > 0 || byMonthDay.length > 0) return true;
  return month === partsOf(start).month;
}

function isOnDays(day: Day, start: Day, rule: Recurrence): boolean {
  const { frequency, byDay, byMonthDay, byMonth } = rule;
  const { date, length } = partsOf(day);
  const isInYear = frequency === 'YEARLY' && byMonth.length === 0 && byMonthDay.length === 0;
  if (byDay.length > 0 && !byDay.some((each) => isWeekday(day, each, isInYear))) return false;
  if (byMonthDay.length > 0) return byMonthDay.includes(date) || byMonthDay.includes(date - length - 1);
  if (byDay.length > 0 || frequency === 'DAILY') return true;
  return frequency === 'WEEKLY' ? (day - start) % 7 === 0 : date === partsOf(start).date;
}

/** Whether it is that day of the week, and the so-and-so-many-th of its month or year. */
function isWeekday(day: Day, { weekday, ordinal }: ByDay, isInYear: boolean): boolean {
  // 1970-01-01 was a Thursday.
  if ((day + 4) % 7 !== weekday) return false;
  if (ordinal === undefined) return true;
  const { year, month, date, length } = partsOf(day);
  const first = isInYear ? Date.UTC(year, 0, 1) : Date.UTC(year, month - 1, 1);
  const place = isInYear ? day - first / DAY_MS + 1 : date;
  const days = isInYear ? (Date.UTC(year + 1, 0, 1) - first) / DAY_MS : length;
  return ordinal === (ordinal > 0 ? Math.ceil(place / 7) : -Math.ceil((days - place + 1) / 7));
}

function partsOf(day: Day): {
  readonly year: number;
  readonly month: number;
  readonly date: number;
  readonly length: number;
} {
  const at = new Date(day * DAY_MS);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth() + 1];
  return { year, month, date: at.getUTCDate(), length: new Date(Date.UTC(year, month, 0)).getUTCDate() };
}
