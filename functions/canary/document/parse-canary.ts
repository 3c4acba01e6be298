import { Check } from '../../json/check.ts';
import { isRecord, type Parsed } from '../../json/faults.ts';
import { object, words } from '../../json/schema/build.ts';
import type { Infer } from '../../json/schema/infer.ts';
import { parse } from '../../json/schema/read.ts';
import type { Place } from '../../json/schema/schema.ts';
import { CANARY_API_VERSION } from './api-version.ts';
import { checkClusters } from './clusters.ts';
import { METADATA } from './metadata.ts';
import { checkMetrics } from './metrics/check-metrics.ts';
import { SPEC } from './spec.ts';
import { checkHooks } from './strategy/check-hooks.ts';

/**
 * Labels, annotations and spec as JSON. A patch adds to what stands there, so that the bound of a request's body does not
 * hold; and what was read must fit, with its status, into the 64 KB of a body that sends it back.
 */
const CANARY_BYTES_MAX = 48 * 1_024;

/** The document that a caller sends: a manifest, or a whole canary that was read and changed. */
export const MANIFEST = object(
  {
    /** The API group and version. */
    apiVersion: words([CANARY_API_VERSION], { message: `must be ${CANARY_API_VERSION}` }),
    /** The kind of the document. */
    kind: words(['Canary'], { message: 'must be Canary' }),
    /** Name, namespace, labels and annotations. */
    metadata: METADATA,
    /** How the requests are split. */
    spec: SPEC,
  },
  // `status` is Outrigger's; kubectl sends it back.
  { passedOver: ['status'], wrongType: 'a Canary must be an object', rule: fitsIntoBody },
);

/** The canary that a caller asks for. */
export type CanaryManifest = Pick<Infer<typeof MANIFEST>, 'metadata' | 'spec'>;

/**
 * Parses and defaults the document of a canary (`apiVersion: outrigger.dev/v1alpha1`, `kind: Canary`), and reports every
 * fault with its path. The caller bounds the size and the nesting of the document before.
 */
export function parseCanary(document: unknown): Parsed<CanaryManifest> {
  const parsed = parse(MANIFEST, document);
  if (!parsed.valid) return parsed;
  const { metadata, spec } = parsed.value;
  const check = new Check();
  checkHooks(spec.strategy?.hooks ?? [], check, 'spec.strategy.hooks');
  checkMetrics(spec.strategy?.analysis.metrics ?? [], check, 'spec.strategy.analysis.metrics');
  for (const [i, step] of (spec.strategy?.steps ?? []).entries()) {
    if ('analysis' in step) checkMetrics(step.analysis.metrics, check, `spec.strategy.steps[${i}].analysis.metrics`);
  }
  checkClusters(spec, check);
  return check.faults.length === 0
    ? { valid: true, value: { metadata, spec } }
    : { valid: false, faults: check.faults };
}

function fitsIntoBody(manifest: unknown, { check }: Place): unknown {
  if (!isRecord(manifest)) return manifest;
  const { metadata, spec } = manifest;
  const bytes = Buffer.byteLength(JSON.stringify({ metadata, spec }));
  if (bytes > CANARY_BYTES_MAX) check.fault('', `has ${bytes} bytes as JSON; a Canary has at most ${CANARY_BYTES_MAX}`);
  return manifest;
}
