import type { HttpRequest } from '../../http/http-request.ts';
import { printable } from '../../json/faults.ts';

/** A column of a Table: kubectl shows those that are not wide, and all with `-o wide`. */
export interface Column<T> {
  readonly name: string;
  readonly description: string;
  readonly isWide?: true;
  /** The cell of one object; what is in it is text, whatever it is made of. @param now milliseconds since the epoch */
  readonly cell: (of: T, now: number) => string;
}

/** What a row is made of besides its cells: the object as it is answered in a list. */
interface Row<T> {
  readonly of: T;
  readonly object: object;
  readonly metadata: object;
}

/** Whether a request wants the table of what it asks for, as `kubectl get` does (`as=Table` of meta.k8s.io/v1). */
export function wantsTable(request: HttpRequest): boolean {
  return (request.header('accept') ?? '').split(',').some((type) => {
    const [media, ...parameters] = type.split(';').map((part) => part.trim());
    return media === 'application/json' && parameters.includes('as=Table') && parameters.includes('v=v1');
  });
}

/**
 * Kubernetes' Table (meta.k8s.io/v1). What stands in a row besides its cells is the query's `includeObject`: the object's
 * metadata by default.
 *
 * @param metadata of the list, or of the one object
 */
export function tableOf<T>(
  request: HttpRequest,
  columns: readonly Column<T>[],
  rows: readonly Row<T>[],
  metadata: object,
  now: number,
): object {
  const included = request.query('includeObject') ?? 'Metadata';
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(({ name, description, isWide }) => ({
      ...{ name, type: 'string', format: name === 'Name' ? 'name' : '', description },
      priority: isWide === true ? 1 : 0,
    })),
    rows: rows.map(({ of, object, metadata: own }) => ({
      cells: columns.map(({ cell }) => printable(cell(of, now))),
      ...(included === 'None'
        ? {}
        : {
            object:
              included === 'Object'
                ? object
                : { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: own },
          }),
    })),
  };
}

/** The time since then as kubectl prints ages: `45s`, `3m`, `26h`, `4d`. @param since RFC 3339 @param now in milliseconds */
export function ageAt(since: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 120 * 60) return `${Math.floor(seconds / 60)}m`;
  const hours = Math.floor(seconds / 3_600);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
