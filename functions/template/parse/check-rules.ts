import { type Check, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { nearName } from '../../json/near-name.ts';
import { isDirective, isMarker } from '../../kubernetes/merge/directives.ts';
import { rulesOf } from '../../kubernetes/pod-rules.ts';
import { fieldsOf } from '../../kubernetes/pod-types.ts';

/** A breach of what the API server demands. */
export interface Breach {
  /**
   * `case`: a text that is one of the allowed ones but for upper and lower case; `value`: another one; `missing`: a field
   * or handler that must be there; `handler`: more than one of them; `name`: an unknown field whose name is near a known one.
   */
  readonly rule: 'case' | 'value' | 'missing' | 'handler' | 'name';
  readonly path: string;
  readonly message: string;
}

/** Types that have exactly one of these fields (kubernetes pkg/apis/core/validation: validateHandler). */
const HANDLERS: Readonly<Record<string, readonly string[]>> = {
  Probe: ['exec', 'grpc', 'httpGet', 'tcpSocket'],
  LifecycleHandler: ['exec', 'httpGet', 'sleep', 'tcpSocket'],
};

/**
 * Refuses what no API server takes, whatever its version: a value with the wrong case (`always`) anywhere, and in what is
 * new as a whole (a container, a volume) also what is missing and probes with no handler or several. Values and fields
 * that are not known at all may be of a newer Kubernetes; lint says something about those. Where another check has found
 * a fault, nothing is added.
 *
 * @param isWhole whether the value is added as it stands, never merged into one that may have the rest
 */
export function checkRules(check: Check, value: unknown, type: string, path: string, isWhole: boolean): void {
  const said = new Set(check.faults.map((fault) => fault.path));
  for (const { rule, path: at, message } of breachesOf(value, type, path)) {
    const isSure = rule === 'case' || (isWhole && (rule === 'missing' || rule === 'handler'));
    if (isSure && !said.has(at)) check.fault(at, message);
  }
}

/** Every breach in a value of a type of the table, merge directives and nulls left out. The walk is as deep as a Pod. */
export function* breachesOf(value: unknown, type: string, path: string): Generator<Breach> {
  if (type.startsWith('[]') && Array.isArray(value)) {
    for (const [i, element] of value.entries()) yield* breachesOf(element, type.slice(2), `${path}[${i}]`);
    return;
  }
  const fields = fieldsOf(type);
  if (fields === undefined || !isRecord(value) || isMarker(value)) return;
  yield* missingBreaches(value, rulesOf(type).required, path);
  yield* handlerBreaches(value, type, path);
  yield* fieldBreaches(value, type, fields, path);
}

function* fieldBreaches(
  value: Json,
  type: string,
  fields: ReadonlyMap<string, string>,
  path: string,
): Generator<Breach> {
  const { values } = rulesOf(type);
  for (const [key, inner] of Object.entries(value)) {
    const at = `${path}.${key}`;
    const innerType = fields.get(key);
    if (isDirective(key) || inner === null) continue;
    if (innerType === undefined) yield* nameBreaches(key, fields, value, at);
    else if (values.has(key)) yield* valueBreaches(inner, values.get(key) ?? [], at);
    else yield* breachesOf(inner, innerType, at);
  }
}

function* missingBreaches(value: Json, required: Iterable<string>, path: string): Generator<Breach> {
  for (const field of required) {
    if ((own(value, field) ?? null) === null)
      yield { rule: 'missing', path: `${path}.${field}`, message: 'is missing' };
  }
}

function* handlerBreaches(value: Json, type: string, path: string): Generator<Breach> {
  const handlers = Object.hasOwn(HANDLERS, type) ? HANDLERS[type] : undefined;
  if (handlers === undefined) return;
  const set = handlers.filter((handler) => (own(value, handler) ?? null) !== null);
  if (set.length === 0) yield { rule: 'missing', path, message: `has no handler: one of ${handlers.join(', ')}` };
  if (set.length > 1) yield { rule: 'handler', path, message: `has ${set.join(' and ')}; only one handler is allowed` };
}

function* nameBreaches(key: string, fields: ReadonlyMap<string, string>, value: Json, at: string): Generator<Breach> {
  const near = nearName(
    key,
    [...fields.keys()].filter((field) => !Object.hasOwn(value, field) || field.toLowerCase() === key.toLowerCase()),
  );
  if (near !== undefined)
    yield { rule: 'name', path: at, message: `is no field that Kubernetes knows; did you mean ${near}?` };
}

function* valueBreaches(value: unknown, allowed: readonly string[], path: string): Generator<Breach> {
  for (const text of Array.isArray(value) ? value : [value]) {
    // The API server takes the empty text for an absent one.
    if (typeof text !== 'string' || text === '' || allowed.includes(text)) continue;
    const meant = allowed.find((known) => known.toLowerCase() === text.toLowerCase());
    const message = `must be ${meant ?? `one of ${allowed.slice(0, 8).join(', ')}${allowed.length > 8 ? ', …' : ''}`}`;
    yield { rule: meant === undefined ? 'value' : 'case', path, message };
  }
}
