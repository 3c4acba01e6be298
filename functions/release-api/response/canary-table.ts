import type { Canary } from '../../canary/canary.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import { shownCanary } from './shown-canary.ts';
import { ageAt, type Column, tableOf } from './table.ts';

/** What `kubectl get canaries` shows. */
const COLUMNS: readonly Column<Canary>[] = [
  { name: 'Name', description: 'Name of the canary.', cell: ({ metadata }) => metadata.name },
  { name: 'Service', description: 'The Service that callers name.', cell: serviceOf },
  { name: 'Phase', description: 'Where the canary is.', cell: ({ status }) => status.phase },
  { name: 'Release', description: 'Where its release is.', cell: ({ status }) => status.release?.state ?? '-' },
  { name: 'Step', description: 'The step of the release, of all its steps.', cell: stepOf },
  { name: 'Weight', description: 'The share of the canary, of 100.', cell: weightOf },
  {
    name: 'Age',
    description: 'Since it was created.',
    cell: ({ metadata }, now) => ageAt(metadata.creationTimestamp, now),
  },
  {
    name: 'Stable',
    description: 'The Service of the stable track.',
    isWide: true,
    cell: ({ spec }) => spec.backends[0].service,
  },
  {
    name: 'Canary',
    description: 'The Service of the canary track.',
    isWide: true,
    cell: ({ spec }) => spec.backends[1].service,
  },
  { name: 'Message', description: 'Where it stands, as a sentence.', isWide: true, cell: messageOf },
];

/** Canaries as a Table. @param now milliseconds since the epoch */
export function canaryTable(request: HttpRequest, canaries: readonly Canary[], metadata: object, now: number): object {
  const rows = canaries.map((of) => ({ of, object: shownCanary(of), metadata: of.metadata }));
  return tableOf(request, COLUMNS, rows, metadata, now);
}

/** A canary that is gone, of which only the name is known, as a Table. @param now milliseconds since the epoch */
export function goneTable(request: HttpRequest, gone: { readonly name: string }, now: number): object {
  const columns = COLUMNS.map((column, i) => ({ ...column, cell: () => (i === 0 ? gone.name : '-') }));
  return tableOf(request, columns, [{ of: gone, object: gone, metadata: gone }], {}, now);
}

function serviceOf({ spec }: Canary): string {
  return `${spec.service.name}:${spec.service.port}`;
}

/** `2/5`; `0/5` at the baseline. */
function stepOf({ status }: Canary): string {
  if (status.release === undefined) return '-';
  const { currentStepIndex, steps } = status.release;
  return `${Math.min(currentStepIndex + 1, steps.length)}/${steps.length}`;
}

/** Divided last: what has two decimals is shown with no more. */
function weightOf({ spec, status }: Canary): string {
  return `${(status.weights.canary * 100) / spec.totalWeight}%`;
}

function messageOf({ status }: Canary): string {
  return status.conditions.find(({ type }) => type === 'Progressing')?.message ?? '';
}
