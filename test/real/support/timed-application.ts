import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { at } from '../../support/values.ts';

/** What an application did with one request. */
export interface TakenRequest {
  readonly status: number;
  /** From the request's arrival to the response's end. */
  readonly ms: number;
}

/** An application in a process of its own, which times itself. */
export interface TimedApplication {
  readonly port: number;
  /** What it did since this was asked before. */
  taken(): Promise<readonly TakenRequest[]>;
  stop(): void;
}

/** How an application responds. */
export interface Timing {
  /** Times are spread evenly between these, in milliseconds. */
  readonly least: number;
  readonly longest: number;
  /** Of so many requests one gets 500; none if it is not said. */
  readonly failEvery?: number;
}

/** Starts one on a free port of loopback. */
export async function startTimedApplication({ least, longest, failEvery = 0 }: Timing): Promise<TimedApplication> {
  const process = join(import.meta.dirname, 'timed-application-process.ts');
  const child = fork(process, [least, longest, failEvery].map(String), { execArgv: [] });
  const [hello]: unknown[] = await once(child, 'message');
  return {
    port: Number(at(hello, 'port')),
    taken: async () => {
      child.send('taken');
      const [told]: unknown[] = await once(child, 'message');
      const all: unknown = at(told, 'taken');
      return (Array.isArray(all) ? all : []).map((one) => ({
        status: Number(at(one, 'status')),
        ms: Number(at(one, 'ms')),
      }));
    },
    stop: () => child.disconnect(),
  };
}
