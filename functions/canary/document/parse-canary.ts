import { Check, own } from '../../json/check.ts';
import { isRecord, type Parsed } from '../../json/faults.ts';
import { CANARY_API_VERSION, type CanarySpec } from '../canary.ts';
import { type CanaryMetadata, parseMetadata } from './parse-metadata.ts';
import { parseSpec } from './parse-spec.ts';

/** The canary that a caller asks for: a manifest, or a whole canary that was read and changed. */
export interface CanaryManifest {
  readonly metadata: CanaryMetadata;
  readonly spec: CanarySpec;
}

/**
 * Labels, annotations and spec as JSON. A patch adds to what stands there, so that the bound of a request's body does not
 * hold; and what was read must fit, with its status, into the 64 KB of a body that sends it back.
 */
const CANARY_BYTES_MAX = 48 * 1_024;
/** What the writer's side of a canary may hold; `status` is Outrigger's and is passed over, as kubectl sends it back. */
const FIELDS = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

/**
 * Parses and defaults the document of a canary (`apiVersion: outrigger.dev/v1alpha1`, `kind: Canary`), and reports every
 * fault with its path. The caller bounds the size and the nesting of the document before.
 */
export function parseCanary(document: unknown): Parsed<CanaryManifest> {
  if (!isRecord(document)) return { valid: false, faults: [{ path: '', message: 'a Canary must be an object' }] };
  const check = new Check();
  check.onlyKeys(document, '', FIELDS);
  const apiVersion = own(document, 'apiVersion');
  if (apiVersion !== CANARY_API_VERSION) check.fault('apiVersion', `must be ${CANARY_API_VERSION}`);
  if (own(document, 'kind') !== 'Canary') check.fault('kind', 'must be Canary');
  const metadata = parseMetadata(check, document);
  const spec = parseSpec(check, document);
  const bytes = Buffer.byteLength(JSON.stringify({ metadata, spec }));
  if (bytes > CANARY_BYTES_MAX) check.fault('', `has ${bytes} bytes as JSON; a Canary has at most ${CANARY_BYTES_MAX}`);
  return check.faults.length > 0 ? { valid: false, faults: check.faults } : { valid: true, value: { metadata, spec } };
}
