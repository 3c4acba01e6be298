import { CANARY_API_VERSION } from '../../../functions/canary/canary.ts';
import { parseCanary } from '../../../functions/canary/document/parse-canary.ts';
import { describeFaults } from '../../../functions/json/faults.ts';
import { UsageError } from '../errors.ts';
import type { Source } from './source.ts';

/** A canary that a resource of another project became. */
export interface Imported {
  /** The manifest, as short as its author would write it. */
  readonly manifest: object;
  /** What was not carried over, and what is to be done besides: sentences that name the resource. */
  readonly notes: readonly string[];
}

/** What a converter has found. */
export interface Found {
  readonly namespace?: string | undefined;
  /** `spec` of the canary; fields without a value are left out. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** What is to be done besides. */
  readonly tasks: readonly string[];
}

/** Why parts of a resource have no counterpart, by the beginning of their path; the longest one holds. */
export type Reasons = Readonly<Record<string, string>>;

/** The manifest of what was found, checked as the API checks it. Throws UsageError where it would be refused. */
export function imported(
  source: Source,
  { namespace = source.namespace, spec, tasks }: Found,
  reasons: Reasons,
): Imported {
  const metadata = { name: source.name, ...(namespace === undefined ? {} : { namespace }) };
  const given = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
  const manifest = { apiVersion: CANARY_API_VERSION, kind: 'Canary', metadata, spec: given };
  const parsed = parseCanary(manifest);
  if (!parsed.valid) throw new UsageError(`${source.title} cannot be a Canary: ${describeFaults(parsed.faults)}`);
  const left = source.left().map((path) => `${path} is not carried over: ${reasonFor(path, reasons)}`);
  return { manifest, notes: [...left, ...tasks].map((note) => `${source.title}: ${note}`) };
}

function reasonFor(path: string, reasons: Reasons): string {
  const fitting = Object.keys(reasons).filter(
    (start) => path === start || (/^[.[]/.test(path.slice(start.length)) && path.startsWith(start)),
  );
  const longest = fitting.toSorted((a, b) => b.length - a.length)[0];
  return (longest === undefined ? undefined : reasons[longest]) ?? 'it has no counterpart in a Canary';
}
