import type { Json } from '../json.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/** What a field means, by the schema that holds it and the field's key. */
export type Meaning = (holder: Schema, key: string) => string;

/**
 * The JSON Schema (draft 7) of what a parser takes, for editors. It is weaker than the parser where a rule looks at several
 * fields or at the keys of a map, and knows neither what stands for an absent field nor decimals.
 */
export function jsonSchema(schema: Schema, meaning: Meaning): Json {
  const { fallback } = schema;
  const preset = fallback === undefined || typeof fallback === 'function' ? {} : { default: fallback };
  return { ...ofKind(schema, meaning), ...preset };
}

function ofKind(schema: Schema, meaning: Meaning): Json {
  switch (schema.kind) {
    case 'text': {
      const { pattern, maxLength } = schema;
      return {
        type: 'string',
        ...(pattern === undefined ? {} : { pattern: pattern.source }),
        ...(maxLength === undefined ? {} : { maxLength }),
      };
    }
    case 'number':
      return { type: schema.decimals === 0 ? 'integer' : 'number', minimum: schema.min, maximum: schema.max };
    case 'flag':
      return { type: 'boolean' };
    case 'words':
      return { enum: schema.values };
    case 'object':
      return ofObject(schema, meaning);
    case 'list':
      return { type: 'array', items: jsonSchema(schema.item, meaning), minItems: schema.min, maxItems: schema.max };
    case 'map':
      return { type: 'object', additionalProperties: jsonSchema(schema.value, meaning), maxProperties: schema.max };
    case 'choice':
      return {
        oneOf: Object.entries(schema.members).map(([key, member]) => ({
          ...closed({ [key]: { description: meaning(schema, key), ...jsonSchema(member, meaning) } }),
          required: [key],
        })),
      };
  }
}

function ofObject(schema: ObjectSchema, meaning: Meaning): Json {
  const fields = Object.entries(schema.fields);
  const properties = fields.map(([key, field]) => [
    key,
    { description: meaning(schema, key), ...jsonSchema(field, meaning) },
  ]);
  const passedOver = (schema.passedOver ?? []).map((key) => [key, { description: 'Changes nothing.' }]);
  const required = fields.filter(([, field]) => field.optional !== true && field.fallback === undefined);
  return {
    ...closed(Object.fromEntries([...properties, ...passedOver])),
    ...(required.length === 0 ? {} : { required: required.map(([key]) => key) }),
  };
}

function closed(properties: Json): Json {
  return { type: 'object', additionalProperties: false, properties };
}
