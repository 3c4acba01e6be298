import { own } from '../check.ts';
import { isRecord } from '../faults.ts';
import type { Json } from '../json.ts';
import type { Infer } from './infer.ts';
import type { ListSchema, ObjectSchema, Schema } from './schema.ts';

/** Whether a value has the types that a schema asks of a stored one; bounds, patterns and unknown fields are no matter. */
export function isStored<S>(schema: Schema & S, value: unknown): value is Infer<S> {
  return fits(schema, value, isRecord(value) ? value : {});
}

/**
 * The first field of a stored document that has not the type that its schema asks for, by its path of at most two names: an
 * outer field before the inner ones, else in the schema's order. Undefined where all have.
 */
export function wrongStoredField({ fields }: ObjectSchema, document: unknown): string | undefined {
  if (!isRecord(document)) return 'the whole of it';
  const outer = Object.entries(fields);
  const wrong = outer.find(([key, field]) =>
    field.kind === 'object' ? !isRecord(own(document, key)) : !fits(field, own(document, key), document),
  );
  if (wrong !== undefined) return wrong[0];
  for (const [key, field] of outer) {
    const value = own(document, key);
    const inner = field.kind === 'object' && isRecord(value) ? wrongIn(field, value, document) : undefined;
    if (inner !== undefined) return `${key}.${inner}`;
  }
  return undefined;
}

function wrongIn({ fields }: ObjectSchema, value: Json, document: Json): string | undefined {
  return Object.entries(fields).find(([key, field]) => !fits(field, own(value, key), document))?.[0];
}

function fits(schema: Schema, value: unknown, document: Json): boolean {
  const { optional, stored = optional === true ? 'any' : 'types' } = schema;
  if (stored === 'any' || (optional === true && value === undefined)) return true;
  return stored === 'types' ? hasTypes(schema, value, document) : stored(value, document);
}

function hasTypes(schema: Schema, value: unknown, document: Json): boolean {
  switch (schema.kind) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return schema.decimals === 0 ? Number.isSafeInteger(value) : typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    // Another version may know more words.
    case 'words':
      return schema.values.some((word) => typeof word === typeof value);
    case 'object':
      return isRecord(value) && wrongIn(schema, value, document) === undefined;
    case 'list':
      return Array.isArray(value) && isListOf(schema, value, document);
    case 'map':
    case 'choice':
      return isRecord(value);
  }
}

function isListOf({ item, pair }: ListSchema, list: readonly unknown[], document: Json): boolean {
  return (pair !== true || list.length === 2) && list.every((each) => fits(item, each, document));
}
