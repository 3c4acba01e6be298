import { Check } from '../../json/check.ts';
import { describeFaults, type Parsed } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { NESTING_MAX, nestsDeeperThan } from '../../kubernetes/json-values.ts';
import { compileSource, type Rendering } from '../compile-source.ts';
import { discoveryContextOf } from '../discovery-endpoint.ts';
import { type Parameter, sampleOf } from '../parameter/parameter.ts';
import type { ParameterValue } from '../parameter/types.ts';
import { type RenderContext, renderSource } from '../render.ts';
import type { PodFragment } from '../template.ts';
import { parsePodFragment } from './pod-fragment.ts';

/** What a template adds: as it stands, or as its defaults make it, with the means to make it for other values. */
export interface Fragment {
  readonly pod: PodFragment;
  readonly rendering?: Rendering;
}

/** The fields of `spec` that are rendered. */
const RENDERED = ['pod', 'eachContainer', 'amend'];

/** Stands in for a fragment with faults, which are reported. */
const NOTHING: PodFragment = { labels: {}, annotations: {}, containers: [], initContainers: [], spec: {} };

/** A context of nowhere, to try a template with. */
export const SAMPLE_CONTEXT: RenderContext = {
  cluster: 'sample',
  namespace: 'sample',
  serviceAccount: 'sample',
  owner: 'sample',
  nativeSidecars: true,
  discovery: discoveryContextOf({
    host: 'discovery.example.com',
    port: 443,
    ca: 'system',
    refresh: '30s',
    routesRefresh: '5s',
    movingRefresh: '2s',
    idle: '60s',
  }),
  audience: 'outrigger/sample',
  clusterDomain: 'cluster.local',
};

/**
 * Reads what a template adds. Only a template that has `parameters` (an empty list will do) is rendered: the sources
 * that are taken word for word never have them, and a `${` or `$if` that was never meant for JSON-e, say in a shell
 * script, stays what it is. Such a template is tried out with its defaults, with and without native sidecars.
 */
export function parseFragment(check: Check, spec: Json, parameters: readonly Parameter[] | undefined): Fragment {
  if (parameters === undefined) return { pod: parsePodFragment(check, spec) };
  const source = Object.fromEntries(Object.entries(spec).filter(([key]) => RENDERED.includes(key)));
  if (nestsDeeperThan(source, NESTING_MAX + 1)) {
    check.fault('spec', `nests deeper than ${NESTING_MAX} levels in ${RENDERED.join(' or ')}`);
    return { pod: NOTHING };
  }
  const faultsBefore = check.faults.length;
  const rendering = compileSource(check, source, 'spec', parameters);
  if (check.faults.length > faultsBefore) return { pod: NOTHING };
  if (rendering === undefined) return { pod: parsePodFragment(check, spec) };
  const defaults = defaultValues(parameters);
  if (rendering.uses.includes('nativeSidecars')) {
    tryOut(check, renderFragment(rendering, defaults, { ...SAMPLE_CONTEXT, nativeSidecars: false }));
  }
  const fragment = renderFragment(rendering, defaults, SAMPLE_CONTEXT);
  tryOut(check, fragment);
  return { pod: fragment.valid ? fragment.value : NOTHING, rendering };
}

/** What a template adds with these values, through the same checks as one that is not rendered. */
export function renderFragment(
  rendering: Rendering,
  parameters: ReadonlyMap<string, ParameterValue>,
  context: RenderContext,
): Parsed<PodFragment> {
  const rendered = renderSource(rendering, parameters, context);
  if (!rendered.valid) return rendered;
  const check = new Check();
  const fragment = parsePodFragment(check, rendered.value);
  return check.faults.length > 0 ? { valid: false, faults: check.faults } : { valid: true, value: fragment };
}

/** The values of a Pod that says nothing; for a required parameter a harmless one. */
export function defaultValues(parameters: readonly Parameter[]): ReadonlyMap<string, ParameterValue> {
  return new Map(parameters.map((parameter) => [parameter.name, parameter.default ?? sampleOf(parameter)]));
}

function tryOut(check: Check, fragment: Parsed<PodFragment>): void {
  if (!fragment.valid) check.fault('spec.pod', `rendered with its defaults: ${describeFaults(fragment.faults)}`);
}
