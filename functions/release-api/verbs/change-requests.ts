import { type CanaryManifest, parseCanary } from '../../canary/document/parse-canary.ts';
import type { HttpResult } from '../../http/result.ts';
import { applyRelease, createRelease, editRelease } from '../../releases/apply-release.ts';
import { deleteRelease } from '../../releases/delete-release.ts';
import type { Outcome } from '../../releases/outcome.ts';
import type { Call, CanaryCall } from '../call.ts';
import { JSON_PATCH, MERGE_PATCH, mediaType, parseBody, readText, requireType } from '../request/body.ts';
import { parseDeleteOptions } from '../request/delete-options.ts';
import { applyPatch } from '../request/patch.ts';
import { invalid } from '../response/api-error.ts';
import { createdBy, responseTo, showCanary } from '../response/outcome.ts';
import { warnOfCallers } from './callers.ts';
import { readTerms } from './terms.ts';

const JSON_TYPE = ['application/json'];

/** `POST …/canaries`: a new canary; 409 where one of its name is there. */
export async function postCanary(call: Call, namespace: string): Promise<HttpResult> {
  requireType(call.request, JSON_TYPE);
  const text = readText(call.request);
  const manifest = parseManifest(parseBody(text));
  const { name } = manifest.metadata;
  if (name === undefined) throw invalid(undefined, [{ path: 'metadata.name', message: 'is missing' }]);
  const named = { ...call, key: { cluster: call.cluster, namespace, name } };
  return await respondCreated(named, await createRelease(named, manifest, readTerms(call, text, showCanary)));
}

/** `PUT …/canaries/{name}`: creates or replaces. */
export async function putCanary(call: CanaryCall): Promise<HttpResult> {
  requireType(call.request, JSON_TYPE);
  const text = readText(call.request);
  const manifest = parseManifest(parseBody(text), call.key.name);
  return await respondCreated(call, await applyRelease(call, manifest, readTerms(call, text, showCanary)));
}

/** `PATCH …/canaries/{name}`: a merge patch or a JSON Patch of what stands there. */
export async function patchCanary(call: CanaryCall): Promise<HttpResult> {
  requireType(call.request, [MERGE_PATCH, JSON_PATCH]);
  const text = readText(call.request);
  const patch = parseBody(text);
  const type = mediaType(call.request);
  const terms = readTerms(call, text, showCanary);
  const outcome = await editRelease(call, (current) => parseCanary(applyPatch(current, patch, type)), terms);
  return responseTo(outcome, call.key, showCanary);
}

/** `DELETE …/canaries/{name}`: begins the deletion; with Kubernetes' DeleteOptions, preconditions count. */
export async function deleteCanaryRequest(call: CanaryCall): Promise<HttpResult> {
  const text = readText(call.request);
  const read = text === '' ? {} : parseDeleteOptions(parseBody(text));
  return responseTo(await deleteRelease(call, read, readTerms(call, text, showCanary)), call.key, showCanary);
}

async function respondCreated(call: CanaryCall, outcome: Outcome): Promise<HttpResult> {
  const result = responseTo(outcome, call.key, showCanary);
  const created = createdBy(outcome);
  return created === undefined ? result : await warnOfCallers(call, created, result);
}

function parseManifest(document: unknown, name?: string): CanaryManifest {
  const parsed = parseCanary(document);
  if (!parsed.valid) throw invalid(name, parsed.faults);
  return parsed.value;
}
