import { recordMissing, recordRefused, storeUnreadable, templateRefused } from '../events.ts';
import type { Log } from '../log.ts';

const EVENTS = [storeUnreadable, templateRefused, recordRefused, recordMissing] as const;

/** Something that went wrong with the store, for the log; `what` is the message of its event. */
export interface StoreTrouble {
  readonly what: (typeof EVENTS)[number]['message'];
  readonly name: string;
  readonly why: string;
}

/** Reports troubles with the store as events of a log. */
export function logTrouble(log: Log): (trouble: StoreTrouble) => void {
  return ({ what, ...fields }) => {
    for (const event of EVENTS) if (event.message === what) log(event, fields);
  };
}

/** Reports failed reads of a channel or a record: by the name of the error, because its words may be anything. */
export function unreadable(report: (trouble: StoreTrouble) => void, name: string): (error: unknown) => void {
  return (error) =>
    report({ what: storeUnreadable.message, name, why: error instanceof Error ? error.name : 'unknown error' });
}
