import type { Canary } from '../../canary/canary.ts';
import { type CanaryManifest, parseCanary } from '../../canary/document/parse-canary.ts';
import { createCanary, deleteCanary, replaceCanary } from '../../canary/transitions/change-canary.ts';
import type { Moment } from '../../canary/transitions/moment.ts';
import { refuseTerminating } from '../../canary/transitions/transition.ts';
import type { HttpResult } from '../../http/result.ts';
import type { Call, CanaryCall } from '../call.ts';
import { JSON_PATCH, MERGE_PATCH, mediaType, parseBody, readText, requireType } from '../request/body.ts';
import { parseDeleteOptions } from '../request/delete-options.ts';
import { applyPatch } from '../request/patch.ts';
import { readDryRun } from '../request/query.ts';
import { ApiError, invalid, modified, subject } from '../response/api-error.ts';
import { answer } from '../response/response.ts';
import { warnOfCallers } from './callers-warning.ts';
import { readIdempotency } from './idempotency.ts';
import { readPreconditions, required } from './preconditions.ts';
import { allowed, type Change, whenAllowed, write } from './write.ts';

const JSON_TYPE = ['application/json'];

/** `POST …/canaries`: a new canary; 409 where one of its name is there. */
export async function postCanary(call: Call, namespace: string): Promise<HttpResult> {
  requireType(call.request, JSON_TYPE);
  const text = readText(call.request);
  const document = parseBody(text);
  const manifest = parseManifest(document);
  const { name } = manifest.metadata;
  if (name === undefined) throw invalid(undefined, [{ path: 'metadata.name', message: 'is missing' }]);
  const key = { cluster: call.cluster, namespace, name };
  let created: Canary | undefined;
  const decide = (current: Canary | undefined, moment: Moment): Canary => {
    if (current === undefined) {
      created = put({ ...call, key, moment }, manifest, undefined);
      return created;
    }
    const leaving = refuseTerminating(current);
    const message = leaving === undefined ? '' : 'object is being deleted: ';
    const when = leaving === undefined ? '' : whenAllowed(leaving);
    throw new ApiError('AlreadyExists', `${message}${subject(name)} already exists${when}`, { name });
  };
  const result = await write({ ...call, key }, { ...changeOf(call, text), verb: 'create', decide });
  return created === undefined ? result : await warnOfCallers({ ...call, key }, created, result);
}

/** `PUT …/canaries/{name}`: creates or replaces. */
export async function putCanary(call: CanaryCall): Promise<HttpResult> {
  requireType(call.request, JSON_TYPE);
  const text = readText(call.request);
  const manifest = parseManifest(parseBody(text), call.key.name);
  let created: Canary | undefined;
  const decide = (current: Canary | undefined, moment: Moment): Canary => {
    const next = put({ ...call, moment }, manifest, current);
    created = current === undefined ? next : undefined;
    return next;
  };
  const result = await write(call, { ...changeOf(call, text), verb: 'update', decide });
  return created === undefined ? result : await warnOfCallers(call, created, result);
}

/** `PATCH …/canaries/{name}`: a merge patch or a JSON Patch of what stands there. */
export async function patchCanary(call: CanaryCall): Promise<HttpResult> {
  requireType(call.request, [MERGE_PATCH, JSON_PATCH]);
  const text = readText(call.request);
  const patch = parseBody(text);
  const { name } = call.key;
  const decide = (current: Canary | undefined, moment: Moment): Canary => {
    const document = applyPatch(required(current, name), patch, mediaType(call.request));
    return put({ ...call, moment }, parseManifest(document, name), current);
  };
  return await write(call, { ...changeOf(call, text), verb: 'update', decide });
}

/** `DELETE …/canaries/{name}`: begins the deletion; with Kubernetes' DeleteOptions, preconditions count. */
export async function deleteCanaryRequest(call: CanaryCall): Promise<HttpResult> {
  const text = readText(call.request);
  const wanted = text === '' ? {} : parseDeleteOptions(parseBody(text));
  const { name } = call.key;
  const decide = (current: Canary | undefined, moment: Moment): Canary => {
    const canary = required(current, name);
    checkVersion(canary, wanted, name);
    return allowed(deleteCanary(canary, moment), name);
  };
  return await write(call, { ...changeOf(call, text), verb: 'delete', decide });
}

/** What every change takes from the request, with the canary as its answer. */
export function changeOf({ request, caller }: Call, text: string): Omit<Change, 'verb' | 'decide'> {
  return {
    preconditions: readPreconditions(request),
    repeatable: readIdempotency(request, caller, text),
    isDryRun: readDryRun(request),
    show: (canary, isNew) => answer(isNew ? 201 : 200, canary, canary.metadata.resourceVersion),
  };
}

/** What a manifest makes of what stands there. */
function put({ tools, key, moment }: CanaryCall, manifest: CanaryManifest, current: Canary | undefined): Canary {
  const { metadata } = manifest;
  for (const field of ['name', 'namespace'] as const) {
    const said = metadata[field];
    if (said === undefined || said === key[field]) continue;
    throw new ApiError('BadRequest', `the ${field} of the object (${said}) is not the one in the URL (${key[field]})`);
  }
  if (current !== undefined) {
    checkVersion(current, metadata, key.name);
    return allowed(replaceCanary(current, manifest, moment), key.name);
  }
  // It was read, and has been deleted since.
  if (metadata.resourceVersion !== undefined || metadata.uid !== undefined) throw modified(key.name);
  return createCanary(manifest, { namespace: key.namespace, name: key.name, uid: tools.newUid() }, moment);
}

/** Kubernetes' optimistic lock: what the writer has read must still stand. */
function checkVersion(
  { metadata }: Canary,
  wanted: { readonly uid?: string; readonly resourceVersion?: string },
  name: string,
): void {
  const isOther = wanted.uid !== undefined && wanted.uid !== metadata.uid;
  const isStale = wanted.resourceVersion !== undefined && wanted.resourceVersion !== metadata.resourceVersion;
  if (isOther || isStale) throw modified(name);
}

function parseManifest(document: unknown, name?: string): CanaryManifest {
  const parsed = parseCanary(document);
  if (!parsed.valid) throw invalid(name, parsed.faults);
  return parsed.value;
}
