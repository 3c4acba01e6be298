// What the client was asked to do (see client.ts), and what its commands share.
import { existsSync } from 'node:fs';

interface Options {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** What to send. */
  readonly text: string;
  /** `raw` listens until this has come. */
  readonly until?: string;
  /** How long to listen at most. */
  readonly ms: number;
  /** How many requests `load` makes; without it, it goes on until there is the file `/tmp/stop`. */
  readonly requests: number;
  /** Clients that keep their connection, and clients that open one for each request. */
  readonly keep: number;
  readonly fresh: number;
  /** Connections, or messages of a stream. */
  readonly count: number;
}

/** Longer than anything that a test waits for. */
export const TIMEOUT_MS = 30_000;

const [name = '', json = '{}'] = process.argv.slice(2);
/** The command's name. */
export const command = name;
/** Its options, with defaults. */
export const options: Options = {
  ...{ url: 'http://cart.shop:8080/', host: 'cart.shop', port: 8080, text: '', ms: TIMEOUT_MS },
  ...{ requests: Number.MAX_SAFE_INTEGER, keep: 4, fresh: 1, count: 10 },
  ...JSON.parse(json),
};

/** Adds one to a count. */
export function count(into: Record<string, number>, key: string): void {
  into[key] = (into[key] ?? 0) + 1;
}

/** Whether the test wants what goes on to end. */
export function isStopped(): boolean {
  return existsSync('/tmp/stop');
}
