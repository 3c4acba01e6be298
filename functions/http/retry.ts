import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, NoAnswerError } from './http-client.ts';

/** What came of the last try. */
export type Outcome = { readonly tries: number } & ({ readonly answer: Answer } | { readonly error: NoAnswerError });

/** Waits; rejects when the signal aborts. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

const TRIES_MAX = 4;
/** Before the second try; doubled before each further one. */
const RETRY_MS = 250;
/** A server under load asks for 1 s; one that asks for more is asked again before that, and a last time. */
const RETRY_AFTER_MS_MAX = 5_000;
/**
 * The server is busy or restarts, or its load balancer found none. A 500 is final unless it asks to come back: a field
 * that kube-apiserver does not know in a server-side apply is one (seen on 1.36.3).
 */
const PASSING = new Set([429, 502, 503, 504]);
/** Connections that broke during the call, such as one kept from before a Lambda environment was frozen, and passing failures. */
const LOST = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'EAI_AGAIN', 'ETIMEDOUT']);

/**
 * Sends a request that may be sent more than once, again while what is wrong may pass: four times in all, within the
 * signal's time. What `attempt` throws passes through, but for NoAnswerError.
 */
export async function tried(attempt: () => Promise<Answer>, signal: AbortSignal, wait: Wait = pause): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await once(attempt, tries);
    const isOver = !isPassing(outcome, signal) || tries === TRIES_MAX || signal.aborted;
    // The last error explains more than that the time is up.
    if (isOver || !(await waited(waitBefore(outcome), signal, wait))) return outcome;
  }
}

async function once(attempt: () => Promise<Answer>, tries: number): Promise<Outcome> {
  try {
    return { tries, answer: await attempt() };
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return { tries, error };
  }
}

function isPassing(outcome: Outcome, signal: AbortSignal): boolean {
  if ('error' in outcome) {
    const { code } = outcome.error;
    // The bound of the one try, where the caller has time left.
    return LOST.has(code) || (code === 'ABORT_ERR' && !signal.aborted);
  }
  const { status, headers } = outcome.answer;
  return PASSING.has(status) || (status >= 500 && headers['retry-after'] !== undefined);
}

function waitBefore(outcome: Outcome): number {
  // In seconds; a date, which HTTP allows too, is not written by the servers that we ask.
  const asked = 'answer' in outcome ? Number(outcome.answer.headers['retry-after']) * 1_000 : Number.NaN;
  return asked >= 0 ? Math.min(asked, RETRY_AFTER_MS_MAX) : RETRY_MS * 2 ** (outcome.tries - 1);
}

async function waited(ms: number, signal: AbortSignal, wait: Wait): Promise<boolean> {
  return await wait(ms, signal).then(
    () => true,
    () => false,
  );
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
