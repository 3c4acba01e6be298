import { errorName } from '../errors.ts';
import { recordMissing, recordRefused, storeUnreadable, templateRefused } from '../events.ts';
import type { Log } from '../log.ts';

const EVENTS = [storeUnreadable, templateRefused, recordRefused, recordMissing] as const;

/** Something that went wrong with the store, for the log; `what` is the message of its event. */
export interface StoreProblem {
  readonly what: (typeof EVENTS)[number]['message'];
  readonly name: string;
  readonly why: string;
}

/** Reports problems with the store as events of a log. */
export function logProblem(log: Log): (problem: StoreProblem) => void {
  return ({ what, ...fields }) => {
    for (const event of EVENTS) if (event.message === what) log(event, fields);
  };
}

/** Reports failed reads of a channel or a record: by the name of the error, because its words may be anything. */
export function unreadable(report: (problem: StoreProblem) => void, name: string): (error: unknown) => void {
  return (error) => report({ what: storeUnreadable.message, name, why: errorName(error) });
}
