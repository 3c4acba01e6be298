import type { HttpResult } from '../../http/result.ts';
import { abortRelease } from '../../releases/abort-release.ts';
import type { CanaryCall } from '../call.ts';
import { readText } from '../request/body.ts';
import { readDryRun } from '../request/query.ts';
import { responseTo, showCanary } from '../response/outcome.ts';
import { readPreconditions } from './preconditions.ts';
import { readReason } from './weight-requests.ts';

/** `POST …/abort`: all requests to stable. It needs no `If-Match`; a repeated one finds its work done. */
export async function postAbort(call: CanaryCall): Promise<HttpResult> {
  const reason = readReason(call, readText(call.request));
  const terms = { expected: readPreconditions(call.request), isDryRun: readDryRun(call.request) };
  return responseTo(await abortRelease(call, reason, terms), call.key, showCanary);
}
