import { type Answer, exchange, type NoAnswerError } from '../http/http-client.ts';
import { tried, type Wait } from '../http/retry.ts';
import { redacted } from '../kube-api/redacted.ts';
import { WEBHOOK_TIMEOUT_SECONDS } from '../limits.ts';
import { denialIn, faultOfAnswer, probeReview } from './probe-review.ts';

/** Where randomness and waits come from. */
export interface ProbeTools {
  readonly newUid: () => string;
  readonly wait?: Wait;
  /** For one try, in milliseconds. */
  readonly callMs?: number;
}

/** Sends a made-up review to a webhook URL and returns why the response is not a good one; undefined for a good one. */
export type Probe = (url: string, ca: string | undefined, signal: AbortSignal) => Promise<string | undefined>;

/** A response later than API servers wait is as good as none; the first late one is reported, not waited for twice. */
const CALL_MS = 2 * WEBHOOK_TIMEOUT_SECONDS * 1_000;
/** The answer holds a patch of some KB; API Gateway lets 6 MB through. */
const RESPONSE_BYTES_MAX = 6 * 1024 * 1024;
const MESSAGE_CHARACTERS_MAX = 300;

/**
 * Makes the self-test of registration: a review of a Pod that opted out, as a dry run, sent as kube-apiserver sends it. What
 * may pass (a cold start that was throttled, a connection lost) is tried again. The sentences name the host, never the
 * path, whose last segment is a token.
 */
export function createProbe({ newUid, wait, callMs = CALL_MS }: ProbeTools): Probe {
  return async (url, ca, signal) => {
    if (!URL.canParse(url) || !url.startsWith('https://')) return 'the webhook URL is no https URL';
    const target = new URL(`${url}?timeout=${WEBHOOK_TIMEOUT_SECONDS}s`);
    const uid = newUid();
    const outcome = await tried(() => send(target, uid, ca, callMs, signal), signal, wait);
    if ('error' in outcome) return `${target.host} ${withoutAnswer(outcome.error, callMs)}`;
    const why = faultOf(outcome.answer, uid);
    return why === undefined ? undefined : `${target.host} ${why}`;
  };
}

async function send(
  url: URL,
  uid: string,
  ca: string | undefined,
  callMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  return await exchange(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'outrigger-probe' },
    body: probeReview(uid),
    signal: AbortSignal.any([signal, AbortSignal.timeout(callMs)]),
    bytesMax: RESPONSE_BYTES_MAX,
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
}

function withoutAnswer({ code }: NoAnswerError, callMs: number): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `cannot be found (DNS, ${code}); is the endpoint deployed?`;
  if (code === 'ECONNREFUSED') return 'refuses connections; is the endpoint started?';
  if (/CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY/.test(code)) {
    return `shows a certificate that is not trusted (${code}); give its authority, or a public certificate for this name`;
  }
  if (code === 'ABORT_ERR') return `did not answer within ${callMs / 1_000} s; see the log of the function mutate`;
  if (code === 'TOO_LARGE') return 'answers more than a review can have; is it the webhook?';
  return `broke the connection off (${code}); try again`;
}

function faultOf(answer: Answer, uid: string): string | undefined {
  if (answer.status !== 200) return faultOfStatus(answer);
  const fault = faultOfAnswer(answer, uid);
  if (fault !== undefined) return `${fault}; is it the webhook?`;
  const denial = denialIn(answer);
  return denial === undefined ? undefined : `refuses a Pod that opted out: ${redacted(denial, MESSAGE_CHARACTERS_MAX)}`;
}

/** What a status other than 200 means, and what to do about it. */
function faultOfStatus({ status, text }: Answer): string {
  // What stands before the function (API Gateway, WAF) refuses in other words.
  if (status === 403 && text.startsWith('outrigger:')) {
    return 'does not accept the token (403): its public keys are not those of the pair that signs, or its record has a later epoch; deploy again';
  }
  if (status === 401 || status === 403)
    return `refuses every caller (${status}): a firewall or an authorizer is before it`;
  if (status === 404) return 'has nothing at the path of the webhook (404); is the endpoint the one that was deployed?';
  if (status === 429) return 'is throttled (429); raise the throttle of the route, or try again';
  if (status >= 300 && status < 400) return `redirects (${status}), and API servers would follow with their reviews`;
  const excerpt = redacted(text, MESSAGE_CHARACTERS_MAX);
  if (status >= 500)
    return `fails (${status})${excerpt === '' ? '; see the log of the function mutate' : `: ${excerpt}`}`;
  return `answers ${status}${excerpt === '' ? '' : `: ${excerpt}`}`;
}
