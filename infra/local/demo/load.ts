import { once } from 'node:events';
import http from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import type { Track } from '../../../functions/canary/canary.ts';

/** What became of a request: a track served it, the canary's own application failed with it, or it was lost on its way. */
export type Outcome = Track | 'error' | 'failed';

/** Requests at a constant rate, whatever is going on meanwhile. */
export interface Load {
  /** In the order of the responses; `error` is a whole 500 of the canary, `failed` anything but that and a whole 200 of a track. */
  readonly outcomes: readonly Outcome[];
  /** What the first failure was; undefined while there is none. */
  readonly firstFailure: string | undefined;
  /** Sends no more, and waits for what is on its way. */
  stop(): Promise<void>;
}

/** Requests a second to each Service. */
export const RATES = { cart: 200, orders: 100 } as const;
const TICK_MS = 5;
/** A client waits no longer. */
const TIMEOUT_MS = 5_000;

/**
 * Calls a Service through a proxy on loopback, as an application that knows nothing of it: keep-alive, no retries.
 *
 * @param host the Service as the application names it, e.g. `cart.shop:8080`
 * @param rate requests a second
 */
export function startLoad(port: number, host: string, rate: number): Load {
  const outcomes: Outcome[] = [];
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
    const due = Math.floor(((performance.now() - start) / 1_000) * rate);
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

async function ask(port: number, host: string, agent: http.Agent): Promise<Outcome> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const request = http.get({ host: '127.0.0.1', port, agent, headers: { host }, signal });
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  const text = response === undefined ? '' : await readAll(response);
  if (response?.statusCode === 200 && (text === 'stable' || text === 'canary')) return text;
  if (response?.statusCode === 500 && text === 'canary') return 'error';
  throw new Error(`HTTP ${response?.statusCode} ${text.slice(0, 80)}`);
}
