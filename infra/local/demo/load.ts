import { once } from 'node:events';
import http from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import type { Track } from '../../../functions/canary/canary.ts';

/** Requests at a constant rate, whatever is going on meanwhile. */
export interface Load {
  /** Who answered, in the order of the answers; `failed` is anything but a whole 200 of one of the two. */
  readonly outcomes: readonly (Track | 'failed')[];
  /** What the first failure was; undefined while there is none. */
  readonly firstFailure: string | undefined;
  /** Sends no more, and waits for what is on its way. */
  stop(): Promise<void>;
}

/** Requests a second. */
export const RATE = 200;
const TICK_MS = 5;
/** A client waits no longer. */
const TIMEOUT_MS = 5_000;

/**
 * Calls a Service through a proxy on loopback, as an application that knows nothing of it: keep-alive, no retries.
 *
 * @param host the Service as the application names it, e.g. `cart.shop:8080`
 */
export function startLoad(port: number, host: string): Load {
  const outcomes: (Track | 'failed')[] = [];
  const agent = new http.Agent({ keepAlive: true });
  const underway = new Set<Promise<void>>();
  const start = performance.now();
  let firstFailure: string | undefined;
  let sent = 0;

  const send = async (): Promise<void> => {
    try {
      outcomes.push(await ask(port, host, agent));
    } catch (error) {
      firstFailure ??= error instanceof Error ? error.message : String(error);
      outcomes.push('failed');
    }
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1_000) * RATE);
    for (; sent < due; sent++) {
      const request = send();
      underway.add(request);
      void request.then(() => underway.delete(request));
    }
  }, TICK_MS);

  return {
    outcomes,
    get firstFailure() {
      return firstFailure;
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underway);
      agent.destroy();
    },
  };
}

async function ask(port: number, host: string, agent: http.Agent): Promise<Track> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const request = http.get({ host: '127.0.0.1', port, agent, headers: { host }, signal });
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  const text = response === undefined ? '' : await readAll(response);
  if (response?.statusCode === 200 && (text === 'stable' || text === 'canary')) return text;
  throw new Error(`HTTP ${response?.statusCode} ${text.slice(0, 80)}`);
}
