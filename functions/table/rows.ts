import type { RowKey } from './row-key.ts';

/** One row of a store on this machine: JSON under a key. */
export interface Row {
  readonly sort: string;
  readonly text: string;
}

/** Which rows of a partition; in the order of their sort keys, or against it. */
export interface RowRange {
  readonly partition: string;
  readonly prefix: string;
  readonly newestFirst?: { readonly limit: number };
}

/** Rows from one sort key to another, both included, in their order. */
export interface RowsBetween {
  readonly partition: string;
  readonly from: string;
  readonly to: string;
}

/** What one transaction sees, and changes. */
export interface Rows {
  get(key: RowKey): string | undefined;
  put(key: RowKey, text: string): void;
  delete(key: RowKey): void;
  list(range: RowRange | RowsBetween): readonly Row[];
}

/**
 * Runs work as one transaction: it sees no other's half, and what it changed is there whole or, if it throws, not at
 * all. Throws CanaryStoreError when the rows cannot be had within the signal's time, and what the work throws.
 */
export type Transact = <T>(mode: 'read' | 'write', work: (rows: Rows) => T, signal: AbortSignal) => Promise<T>;
