import { Check, DNS_LABEL, own } from '../../json/check.ts';
import { hashOf } from '../../json/document-hash.ts';
import { isRecord, type Parsed } from '../../json/faults.ts';
import { deepFreeze } from '../../json/freeze.ts';
import type { Json } from '../../json/json.ts';
import { NESTING_MAX, nestsDeeperThan } from '../../kubernetes/json-values.ts';
import { parseSelector } from '../../kubernetes/selector.ts';
import { parseCustomization } from '../customization.ts';
import type { Position, Template, TemplateAllow, TemplateMatch } from '../template.ts';
import { parseFragment } from './parse-fragment.ts';
import { parseParameters } from './parse-parameters.ts';

/** The apiVersion of every document kind of Outrigger. */
export const API_VERSION = 'outrigger.dev/v1alpha1';

const SPEC_KEYS = [
  ...['order', 'match', 'allow', 'failureMode', 'placement', 'customization', 'parameters'],
  ...['pod', 'eachContainer', 'amend'],
];

/**
 * Parses a SidecarTemplate document (JSON values, as the store holds it) into a frozen Template, or says everything
 * that is wrong with it. Unknown fields are refused: a typing mistake must not silently change who is injected.
 *
 * @param version what the store calls this version of the document
 */
export function parseTemplate(document: unknown, version: string): Parsed<Template> {
  const check = new Check();
  if (!isRecord(document)) return { valid: false, faults: [{ path: '', message: 'a template must be an object' }] };
  check.onlyKeys(document, '', ['apiVersion', 'kind', 'metadata', 'spec']);
  if (own(document, 'apiVersion') !== API_VERSION) check.fault('apiVersion', `must be ${API_VERSION}`);
  if (own(document, 'kind') !== 'SidecarTemplate') check.fault('kind', 'must be SidecarTemplate');
  const metadata = check.object(document, 'metadata', 'metadata', ['name', 'labels', 'annotations']) ?? {};
  const name = check.string(metadata, 'name', 'metadata.name');
  if (own(metadata, 'name') === name && !DNS_LABEL.test(name)) {
    check.fault('metadata.name', 'must be lower-case letters, digits and -, at most 63 characters');
  }
  const given = check.object(document, 'spec', 'spec', SPEC_KEYS);
  if (given === undefined) check.fault('spec', 'is missing');
  const spec = given ?? {};
  const match = parseMatch(check, spec);
  const parameters = parseParameters(check, spec);
  const template: Omit<Template, 'hash'> = {
    name,
    version,
    order: check.integer(spec, 'order', 'spec.order', { min: -1_000_000, max: 1_000_000, fallback: 100 }),
    ...(match === undefined ? {} : { match }),
    allow: parseAllow(check, spec),
    failureMode: check.oneOf(spec, 'failureMode', 'spec.failureMode', ['Defer', 'Open', 'Closed'], 'Defer'),
    placement: parsePlacement(check, spec),
    customization: parseCustomization(check, spec),
    ...(parameters === undefined ? {} : { parameters }),
    ...parseFragment(check, spec, parameters),
  };
  // The Pod is bounded by now; the bound leaves room for what stands round it.
  if (check.faults.length === 0 && nestsDeeperThan(document, NESTING_MAX + 10)) {
    check.fault('', `nests deeper than ${NESTING_MAX + 10} levels`);
  }
  if (check.faults.length > 0) return { valid: false, faults: check.faults };
  return { valid: true, value: deepFreeze({ ...template, hash: hashOf(document) }) };
}

function parseMatch(check: Check, spec: Json): TemplateMatch | undefined {
  const path = 'spec.match';
  const match = check.object(spec, 'match', path, ['namespaces', 'excludeNamespaces', 'podSelector']);
  if (match === undefined) return undefined;
  const namespaces = check.namespacePatterns(match, 'namespaces', `${path}.namespaces`);
  const excludeNamespaces = check.namespacePatterns(match, 'excludeNamespaces', `${path}.excludeNamespaces`);
  const selector = own(match, 'podSelector');
  return {
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(excludeNamespaces === undefined ? {} : { excludeNamespaces }),
    ...(selector === undefined ? {} : { podSelector: parseSelector(check, selector, `${path}.podSelector`) }),
  };
}

function parseAllow(check: Check, spec: Json): TemplateAllow {
  const allow = check.object(spec, 'allow', 'spec.allow', ['namespaces', 'hostNetwork', 'windows']) ?? {};
  return {
    namespaces: check.namespacePatterns(allow, 'namespaces', 'spec.allow.namespaces') ?? ['*'],
    hostNetwork: check.boolean(allow, 'hostNetwork', 'spec.allow.hostNetwork', false),
    windows: check.boolean(allow, 'windows', 'spec.allow.windows', false),
  };
}

function parsePlacement(check: Check, spec: Json): Template['placement'] {
  const placement =
    check.object(spec, 'placement', 'spec.placement', ['containers', 'initContainers', 'classic']) ?? {};
  return {
    containers: parsePosition(check, placement, 'containers', 'Last'),
    initContainers: parsePosition(check, placement, 'initContainers', 'First'),
    classic: parsePosition(check, placement, 'classic', 'First'),
  };
}

function parsePosition(check: Check, placement: Json, key: string, fallback: Position): Position {
  const path = `spec.placement.${key}`;
  const value = own(placement, key);
  if (value === undefined) return fallback;
  if (value === 'First' || value === 'Last') return value;
  const sides = isRecord(value) ? Object.entries(value) : [];
  const [side, name] = sides[0] ?? [];
  if (sides.length === 1 && typeof name === 'string' && DNS_LABEL.test(name)) {
    if (side === 'before') return { before: name };
    if (side === 'after') return { after: name };
  }
  check.fault(path, 'must be First, Last, {before: NAME} or {after: NAME}');
  return fallback;
}
