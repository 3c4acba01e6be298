import { hash } from 'node:crypto';
import { addReport, addWindow, type EvidenceSums, type FiguresReport, noteName, noteStep } from './evidence-sums.ts';
import type { ProxySums } from './proxy-sums.ts';

/** Letters of a number: 36 bits. Of 20,000 in ten minutes one is taken for another once in three million repeats. */
const NUMBER_CHARACTERS = 6;

/** What a report is told from others by: its proxy and its `seq`. */
export function numberOf(key: string, seq: number): string {
  return hash('sha256', `${key} ${seq}`, 'base64url').slice(0, NUMBER_CHARACTERS);
}

/** Whether a number is among those that stand one behind the other. */
export function hasNumber(numbers: string, number: string): boolean {
  let at = numbers.indexOf(number);
  while (at !== -1 && at % NUMBER_CHARACTERS !== 0) at = numbers.indexOf(number, at + 1);
  return at !== -1;
}

/** Sums a report that was not sent before. */
export function sumReport(sums: EvidenceSums, report: FiguresReport): void {
  addReport(sums, report);
  if (report.isCounted) noteNumbers(sums, report.namespace, report.number);
}

/** Keeps a report that was sent before; where there is no room it is late. */
export function keepReport(sums: EvidenceSums, report: FiguresReport): void {
  const { kept, limits } = sums;
  if (kept.has(report.number)) return;
  const own = [...kept.values()].filter(({ namespace }) => namespace === report.namespace);
  const isFull = own.length >= limits.kept.own || kept.size >= limits.kept.all;
  if (isFull || !noteStep(sums, report.step)) sums.late++;
  else kept.set(report.number, report);
}

/** Notes a proxy that was asked for figures, and whether it reports. */
export function noteCaller(sums: EvidenceSums, key: string, isReporting: boolean): void {
  const keys = isReporting ? sums.reporting : sums.silent;
  if (keys.size < sums.limits.keys) keys.add(key);
}

/** Adds sums to others; what comes first makes no difference, but to `hosts`. */
export function absorb(into: EvidenceSums, from: EvidenceSums): void {
  for (const step of from.steps.values()) noteStep(into, step);
  for (const window of from.windows.values()) if (noteStep(into, window.step)) addWindow(into, window);
  addAll(into.counted, from.counted);
  addAll(into.informing, from.informing);
  for (const [key, name] of from.names) noteName(into, key, name);
  for (const key of from.reporting) noteCaller(into, key, true);
  for (const key of from.silent) noteCaller(into, key, false);
  for (const [namespace, numbers] of from.numbers) noteNumbers(into, namespace, numbers);
  for (const namespace of from.full) into.full.add(namespace);
  for (const report of from.kept.values()) keepReport(into, report);
  into.hosts = from.hosts ?? into.hosts;
  into.late += from.late;
}

function addAll<S>(into: ProxySums<S>, from: ProxySums<S>): void {
  for (const [key, steps] of from.proxies) for (const [step, one] of steps) into.add(key, step, one);
}

/** Each report is summed once here, so no number comes twice. */
function noteNumbers({ numbers, full, limits }: EvidenceSums, namespace: string, more: string): void {
  const known = numbers.get(namespace) ?? '';
  const all = [...numbers.values()].reduce((sum, { length }) => sum + length, 0);
  const room = NUMBER_CHARACTERS * limits.numbers.own - known.length;
  const taken = more.slice(0, Math.max(0, Math.min(room, NUMBER_CHARACTERS * limits.numbers.all - all)));
  if (taken.length < more.length) full.add(namespace);
  numbers.set(namespace, flat(known + taken));
}

/**
 * V8 keeps a sum of texts as its two parts, 56 bytes for each six letters, until it is searched. Once in 64 reports that costs
 * nothing to speak of.
 */
function flat(numbers: string): string {
  if (numbers.length % (64 * NUMBER_CHARACTERS) === 0) numbers.indexOf(' ');
  return numbers;
}
