import { hash } from 'node:crypto';
import { CANARY_API_VERSION } from '../../canary/canary.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import type { HttpResult } from '../../http/result.ts';
import { answer, answerText, notModified } from '../response/response.ts';
import { isUnchanged } from '../verbs/preconditions.ts';
import document from './open-api.json' with { type: 'json' };

/** In seconds: the address has the document's hash in it, so that kubectl keeps the document on its disk. */
const KEPT_SECONDS = 365 * 86_400;
const DOCUMENT = `apis/${CANARY_API_VERSION}`;

let made: { readonly text: string; readonly hash: string } | undefined;

/** The document and its hash, made by the first who asks. */
function openApi(): { readonly text: string; readonly hash: string } {
  if (made === undefined) {
    const text = JSON.stringify(document);
    made = { text, hash: hash('sha256', text, 'hex').slice(0, 32).toUpperCase() };
  }
  return made;
}

/** `GET /openapi/v3`: which documents there are, each at an address that changes with it. */
export function openApiIndex(): HttpResult {
  const serverRelativeURL = `/openapi/v3/${DOCUMENT}?hash=${openApi().hash}`;
  return answer(200, { paths: { [DOCUMENT]: { serverRelativeURL } } });
}

/** `GET /openapi/v3/apis/outrigger.dev/v1alpha1`. */
export function openApiOfGroup(request: HttpRequest, now: number): HttpResult {
  const { text, hash: current } = openApi();
  const etag = `"${current}"`;
  if (isUnchanged(request, etag)) return notModified(etag);
  const result = answerText(200, text);
  const isKept = request.query('hash') === current;
  const kept = {
    'cache-control': 'public, immutable',
    expires: new Date(now + KEPT_SECONDS * 1_000).toUTCString(),
  };
  return { ...result, headers: { ...result.headers, etag, ...(isKept ? kept : {}) } };
}

/** `GET /openapi/v2`: an empty body is a valid empty document in the protobuf that clients ask for. */
export function openApiOfSwagger(): HttpResult {
  const headers = { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' };
  return { statusCode: 200, headers: { ...headers, 'cache-control': 'no-cache' }, body: '' };
}
