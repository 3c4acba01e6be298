import { CANARY_API_VERSION } from '../../canary/canary.ts';
import type { HttpResult } from '../../http/result.ts';
import { readSettled } from '../../releases/settle/read-settled.ts';
import type { CanaryCall } from '../call.ts';
import { readCount } from '../request/query.ts';
import { ApiError } from '../response/api-error.ts';
import { answer } from '../response/response.ts';
import { required } from './preconditions.ts';
import { trafficOf } from './read.ts';

/** Windows of five seconds in one answer: ten minutes, and at most half an hour. */
const WINDOWS_DEFAULT = 120;
const WINDOWS_MAX = 360;
/** Windows of one answer, as JSON: twice as long inside Lambda's own JSON, of 6 MB; the proxies come on top. */
const WINDOWS_BYTES_MAX = 2 * 1_024 * 1_024;
/** The time at which a page ends, in milliseconds since the epoch. */
const CONTINUE = /^\d{13}$/;

/** `GET …/evidence`: what the callers' own proxies counted, newest windows first, in pieces of `limit`. */
export async function getEvidence(call: CanaryCall): Promise<HttpResult> {
  const { request, key, moment, signal } = call;
  const windows = readCount(request, 'limit', WINDOWS_MAX) ?? WINDOWS_DEFAULT;
  const until = readContinue(request.query('continue')) ?? moment.now;
  const canary = required(await readSettled(call), key.name);
  const { evidence } = trafficOf(call);
  if (evidence === undefined) throw new ApiError('NotFound', 'this deployment keeps no evidence');
  const page = await evidence.page(key, canary, { until, windows }, moment.now, signal);
  const shown = fitting(page.windows);
  // What has no room is on the next page.
  const next = shown.length < page.windows.length ? endOf(page.windows[shown.length], until) : page.next;
  const { name, namespace, resourceVersion } = canary.metadata;
  const metadata = { name, namespace, resourceVersion, ...(next === undefined ? {} : { continue: tokenOf(next) }) };
  const document = { kind: 'CanaryEvidence', metadata, windows: shown, proxies: page.proxies };
  return answer(200, { apiVersion: CANARY_API_VERSION, ...document });
}

/** The first windows that fit into one answer; at least one. */
function fitting<T extends object>(windows: readonly T[]): readonly T[] {
  let bytes = 0;
  const end = windows.findIndex((window, i) => {
    bytes += Buffer.byteLength(JSON.stringify(window));
    return i > 0 && bytes > WINDOWS_BYTES_MAX;
  });
  return end === -1 ? windows : windows.slice(0, end);
}

function endOf(window: { readonly from: string } | undefined, otherwise: number): number {
  return window === undefined ? otherwise : Date.parse(window.from);
}

function tokenOf(until: number): string {
  return Buffer.from(String(until)).toString('base64url');
}

function readContinue(token: string | undefined): number | undefined {
  if (token === undefined || token === '') return undefined;
  const time = token.length > 64 ? '' : Buffer.from(token, 'base64url').toString();
  if (CONTINUE.test(time)) return Number(time);
  throw new ApiError('BadRequest', 'continue is not a token of this API');
}
