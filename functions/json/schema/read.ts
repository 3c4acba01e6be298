import { Check, own } from '../check.ts';
import { isRecord, type Parsed } from '../faults.ts';
import type { Infer } from './infer.ts';
import { readChoice, readFlag, readNumber, readText, readWord } from './read-leaf.ts';
import type { ListSchema, MapSchema, ObjectSchema, Place, Schema } from './schema.ts';
import { isStored } from './stored.ts';

/** Parses and defaults a document, and reports every fault with its path. The caller bounds size and nesting before. */
export function parse<S>(schema: Schema & S, document: unknown): Parsed<Infer<S>> {
  const check = new Check();
  const value = readValue(schema, document, { check, path: '', around: [] });
  return check.faults.length === 0 && isStored(schema, value)
    ? { valid: true, value }
    : { valid: false, faults: check.faults };
}

/** What a field holds; undefined where it is absent or nothing could be read. */
function readField(schema: Schema, value: unknown, place: Place): unknown {
  if (value !== undefined && !schema.absentAs?.includes(value)) return readValue(schema, value, place);
  const {
    kind,
    fallback,
    optional,
    missing = kind === 'list' || kind === 'words' ? schema.message : 'is missing',
  } = schema;
  // A copy: a document that is changed must not change what the next one gets.
  if (fallback !== undefined)
    return typeof fallback === 'function' ? fallback(place.around) : structuredClone(fallback);
  if (optional !== true) place.check.fault(place.path, missing);
  return undefined;
}

/** What a field that is there holds, or an item of a list. */
function readValue(schema: Schema, value: unknown, place: Place): unknown {
  const found = readKind(schema, value, place);
  return found === undefined || schema.rule === undefined ? found : schema.rule(found, place);
}

function readKind(schema: Schema, value: unknown, place: Place): unknown {
  switch (schema.kind) {
    case 'text':
      return readText(schema, value, place);
    case 'number':
      return readNumber(schema, value, place);
    case 'flag':
      return readFlag(value, place);
    case 'words':
      return readWord(schema, value, place);
    case 'object':
      return readObject(schema, value, place);
    case 'list':
      return readList(schema, value, place);
    case 'map':
      return readMap(schema, value, place);
    case 'choice':
      return readChoice(schema, value, place, readValue);
  }
}

function readObject(schema: ObjectSchema, value: unknown, { check, path, around }: Place): unknown {
  if (!isRecord(value)) {
    check.fault(path, schema.wrongType ?? 'must be an object');
    return undefined;
  }
  const { fields, passedOver = [], readFirst = [] } = schema;
  const keys = Object.keys(fields);
  check.onlyKeys(value, path, [...keys, ...passedOver]);
  const found: Record<string, unknown> = {};
  for (const key of new Set([...readFirst, ...keys])) {
    const field = fields[key];
    if (field === undefined) continue;
    const at = path === '' ? key : `${path}.${key}`;
    found[key] = readField(field, own(value, key), { check, path: at, around: [...around, found] });
  }
  // In the order of the schema, whatever was read first: this is how it is kept and shown.
  return Object.fromEntries(keys.filter((key) => found[key] !== undefined).map((key) => [key, found[key]]));
}

function readList(schema: ListSchema, value: unknown, { check, path, around }: Place): unknown {
  const { min, max, message, lengthFault = 'instead' } = schema;
  if (!Array.isArray(value)) {
    check.fault(path, schema.wrongType ?? message);
    return undefined;
  }
  const isLong = value.length < min || value.length > max;
  if (isLong && lengthFault !== 'after') check.fault(path, message);
  if (isLong && lengthFault === 'instead') return undefined;
  const items: readonly unknown[] = lengthFault === 'before' ? value.slice(0, max) : value;
  const found = items.map((item, i) => readValue(schema.item, item, { check, path: `${path}[${i}]`, around }));
  if (isLong && lengthFault === 'after') check.fault(path, message);
  return found;
}

function readMap(schema: MapSchema, value: unknown, { check, path, around }: Place): unknown {
  if (!isRecord(value)) {
    check.fault(path, schema.wrongType ?? 'must be an object');
    return undefined;
  }
  const {
    max,
    lengthFault = 'instead',
    isKey,
    keyMessage,
    normalKey = String,
    twiceMessage = 'is there twice',
    emptyIsAbsent,
  } = schema;
  const entries = Object.entries(value);
  if (entries.length > max) {
    check.fault(path, `must have at most ${max} entries`);
    if (lengthFault === 'instead') return undefined;
  }
  const found = new Map<string, unknown>();
  for (const [key, inner] of entries.slice(0, max)) {
    const at = `${path}[${JSON.stringify(key)}]`;
    if (!isKey(key)) check.fault(at, keyMessage);
    if (found.has(normalKey(key))) check.fault(at, twiceMessage);
    found.set(normalKey(key), readValue(schema.value, inner, { check, path: at, around }));
  }
  return emptyIsAbsent === true && found.size === 0 ? undefined : Object.fromEntries(found);
}
