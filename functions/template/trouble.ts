/** Something that went wrong with the store, for the log. */
export interface StoreTrouble {
  readonly what: 'store unreadable' | 'template refused' | 'cluster record refused' | 'cluster record missing';
  readonly name: string;
  readonly why: string;
}

/** Reports failed reads of a channel or a record: by the name of the error, because its words may be anything. */
export function unreadable(report: (trouble: StoreTrouble) => void, name: string): (error: unknown) => void {
  return (error) =>
    report({ what: 'store unreadable', name, why: error instanceof Error ? error.name : 'unknown error' });
}
