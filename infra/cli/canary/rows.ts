import type { Canary, Release } from '../../../functions/canary/canary.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import { UsageError } from '../errors.ts';

/** Which columns a table of canaries has. */
export interface Columns {
  readonly namespace: boolean;
  readonly wide: boolean;
  /** Whether any of them is of a group. */
  readonly group: boolean;
}

/** The columns for some canaries. */
export function columnsFor(canaries: readonly Canary[], more: Omit<Columns, 'group'>): Columns {
  return { ...more, group: canaries.some(({ spec }) => spec.group !== undefined) };
}

/** The headings of a table of canaries. */
export function headings({ namespace, wide, group }: Columns): readonly string[] {
  const more = wide ? ['STABLE-SERVICE', 'CANARY-SERVICE', 'GENERATION', 'MESSAGE'] : [];
  const all = ['NAME', ...(group ? ['GROUP'] : []), 'SERVICE', 'PHASE', 'RELEASE', 'STEP', 'WEIGHT', 'AGE', ...more];
  return [...(namespace ? ['NAMESPACE'] : []), ...all];
}

/** The cells of one canary; the weight is its share of 100. `phase` is what is said instead of its own. */
export function rowOf(
  { metadata, spec, status }: Canary,
  { namespace, wide, group }: Columns,
  now: number,
  phase: string = status.phase,
): readonly string[] {
  const services = spec.backends.map(({ service }) => service);
  const more = wide ? [...services, String(metadata.generation), messageOf(status.conditions)] : [];
  const { release } = status;
  return [
    ...(namespace ? [metadata.namespace] : []),
    metadata.name,
    ...(group ? [spec.group ?? '-'] : []),
    `${spec.service.name}:${spec.service.port}`,
    phase,
    release?.state ?? '-',
    release === undefined ? '-' : stepOf(release),
    `${percentOf(status.weights.canary, spec.totalWeight)}%`,
    ageOf(metadata.creationTimestamp, now),
    ...more,
  ];
}

/** Where it stands: the message of `Progressing`. */
function messageOf(conditions: Canary['status']['conditions']): string {
  return conditions.find(({ type }) => type === 'Progressing')?.message ?? '';
}

/** Where a release that advances by itself is: `2/5`, of all its steps; `0/5` at its baseline. */
export function stepOf({ currentStepIndex, steps }: Pick<Release, 'currentStepIndex' | 'steps'>): string {
  return `${Math.min(currentStepIndex + 1, steps.length)}/${steps.length}`;
}

/** A weight as a share of 100. Divided last: what has two decimals is printed with no more. */
export function percentOf(weight: number, total: number): number {
  return (weight * 100) / total;
}

/** Rows under headings, columns three blanks apart; later rows keep the widths of the first ones where they fit. */
export function createTable(
  titles: readonly string[],
  first: readonly (readonly string[])[],
): (row: readonly string[]) => string {
  const widths = titles.map((title, i) => Math.max(title.length, ...first.map((row) => (row[i] ?? '').length)));
  return (row) =>
    `${row
      .map((cell, i) => cell.padEnd((widths[i] ?? 0) + 3))
      .join('')
      .trimEnd()}\n`;
}

/** Reads a canary out of an answer; only as far as it is printed. */
export function readCanary(text: string): Canary {
  const value: unknown = JSON.parse(text);
  if (isCanary(value)) return value;
  throw new UsageError('the endpoint answered something else than a Canary; is --url that of a release API?');
}

/** Reads the canaries of a list, and where it goes on. */
export function readList(text: string): { readonly canaries: readonly Canary[]; readonly next: string | undefined } {
  const value: unknown = JSON.parse(text);
  const items = isRecord(value) ? value['items'] : undefined;
  const metadata = isRecord(value) ? value['metadata'] : undefined;
  const next = isRecord(metadata) ? metadata['continue'] : undefined;
  if (!Array.isArray(items) || !items.every(isCanary)) throw new UsageError('the endpoint answered no CanaryList');
  return { canaries: items, next: typeof next === 'string' ? next : undefined };
}

function isCanary(value: unknown): value is Canary {
  if (!isRecord(value) || value['kind'] !== 'Canary') return false;
  return ['metadata', 'spec', 'status'].every((key) => isRecord(value[key]));
}

/** The time since then, as kubectl prints ages: the two largest units at most. @param since RFC 3339 @param now in milliseconds */
export function ageOf(since: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
