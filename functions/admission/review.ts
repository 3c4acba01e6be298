import { type Fault, isRecord, type Parsed } from '../json/faults.ts';
import { parseJson } from '../json/parse-json.ts';
import type { AdmissionRequest } from '../kubernetes/admission-request.ts';
import { markAbridged } from '../kubernetes/ownership.ts';
import { scanJson } from './json-scan.ts';

/** The AdmissionReview versions that are understood; each is answered in its own version. */
export const REVIEW_VERSIONS = ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'] as const;

/**
 * A real review nests about 12 levels; custom resources reach some dozens. Deeper text is an attack on parsers that
 * recurse, and is refused before it is parsed.
 */
export const NESTING_MAX = 500;

/** kube-apiserver's uids have 36 characters; the bound keeps a hostile one out of responses and logs. */
const UID_CHARACTERS_MAX = 256;

/** An AdmissionReview with a request (`admission.k8s.io/v1`, kubernetes/api admission/v1/types.go). */
export interface Review {
  readonly apiVersion: (typeof REVIEW_VERSIONS)[number];
  readonly request: AdmissionRequest;
}

/** What stands for the managedFields of an abridged Pod. */
const OMITTED = '"omitted"';

/**
 * Parses the body of a webhook call; every fault comes with its path. Unknown fields are ignored, as the API asks.
 *
 * The Pod's managedFields, often half of a review, are left out: they matter only where the Pod has a container or
 * volume of a template's name, and `isBroughtByPod`, which needs them then, asks for the whole to be decoded.
 *
 * @param isWhole decodes the managedFields as well
 */
export function decodeReview(body: string, isWhole = false): Parsed<Review> {
  if (body.trim() === '') return faulty('', 'the body is empty; an AdmissionReview in JSON is expected');
  const { isTooDeep, managedFields } = scanJson(body, NESTING_MAX);
  if (isTooDeep) return faulty('', `the body nests deeper than ${NESTING_MAX} levels`);
  const isAbridged = managedFields !== undefined && !isWhole;
  let review: unknown;
  try {
    review = parseJson(
      isAbridged ? body.slice(0, managedFields.start) + OMITTED + body.slice(managedFields.end) : body,
    );
  } catch {
    // The parser's own message quotes the body, which may hold secrets of the Pod.
    return faulty('', 'the body is not valid JSON');
  }
  if (!isRecord(review)) return faulty('', 'the body is not a JSON object; an AdmissionReview is expected');
  const checked = checkReview(review);
  if (isAbridged && checked.valid) markAbridged(checked.value.request.object);
  return checked;
}

function checkReview(review: Readonly<Record<string, unknown>>): Parsed<Review> {
  const faults: Fault[] = [];
  const apiVersion = REVIEW_VERSIONS.find((v) => v === review['apiVersion']);
  if (apiVersion === undefined) faults.push({ path: 'apiVersion', message: `must be ${REVIEW_VERSIONS.join(' or ')}` });
  if (review['kind'] !== 'AdmissionReview') faults.push({ path: 'kind', message: 'must be AdmissionReview' });
  const request = review['request'];
  if (!isRecord(request)) {
    return { valid: false, faults: [...faults, { path: 'request', message: 'must be an object' }] };
  }
  const decoded = decodeRequest(request, faults);
  return faults.length > 0 || apiVersion === undefined
    ? { valid: false, faults }
    : { valid: true, value: { apiVersion, request: decoded } };
}

function decodeRequest(request: Readonly<Record<string, unknown>>, faults: Fault[]): AdmissionRequest {
  const text = (owner: Readonly<Record<string, unknown>>, key: string, path: string, optional = false): string => {
    const value = Object.hasOwn(owner, key) ? owner[key] : undefined;
    if (typeof value === 'string') return value;
    if (!optional || (value !== undefined && value !== null)) faults.push({ path, message: 'must be a string' });
    return '';
  };
  const part = (key: string): Readonly<Record<string, unknown>> => {
    const value = request[key];
    if (isRecord(value)) return value;
    faults.push({ path: `request.${key}`, message: 'must be an object' });
    return { group: '', version: '', kind: '', resource: '' };
  };
  const kind = part('kind');
  const resource = part('resource');
  const uid = text(request, 'uid', 'request.uid');
  if (uid.length > UID_CHARACTERS_MAX || (uid === '' && request['uid'] === '')) {
    faults.push({ path: 'request.uid', message: `must have 1 to ${UID_CHARACTERS_MAX} characters` });
  }
  const dryRun = request['dryRun'] ?? false;
  if (typeof dryRun !== 'boolean') faults.push({ path: 'request.dryRun', message: 'must be a boolean' });
  const name = text(request, 'name', 'request.name', true);
  return {
    uid,
    kind: {
      group: text(kind, 'group', 'request.kind.group', true),
      version: text(kind, 'version', 'request.kind.version'),
      kind: text(kind, 'kind', 'request.kind.kind'),
    },
    resource: {
      group: text(resource, 'group', 'request.resource.group', true),
      version: text(resource, 'version', 'request.resource.version'),
      resource: text(resource, 'resource', 'request.resource.resource'),
    },
    subResource: text(request, 'subResource', 'request.subResource', true),
    name: name === '' ? undefined : name,
    namespace: text(request, 'namespace', 'request.namespace', true),
    operation: text(request, 'operation', 'request.operation'),
    dryRun: dryRun === true,
    object: request['object'] ?? null,
  };
}

function faulty(path: string, message: string): { valid: false; faults: Fault[] } {
  return { valid: false, faults: [{ path, message }] };
}
