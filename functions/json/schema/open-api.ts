import type { Json } from '../json.ts';
import type { Meaning } from './json-schema.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/**
 * The OpenAPI 3.0 schema of what a schema describes, as Kubernetes publishes those of custom resources: for `kubectl explain`,
 * not to validate by. It names no patterns and refuses no fields; the server does.
 */
export function openApiSchema(schema: Schema, meaning: Meaning): Json {
  switch (schema.kind) {
    case 'text':
      return { type: 'string' };
    case 'number':
      return schema.decimals === 0 ? { type: 'integer', format: 'int64' } : { type: 'number', format: 'double' };
    case 'flag':
      return { type: 'boolean' };
    case 'words':
      return { type: typeOfWords(schema.values), enum: schema.values };
    case 'object':
      return ofObject(schema, meaning);
    case 'list':
      return { type: 'array', items: openApiSchema(schema.item, meaning) };
    case 'map':
      return { type: 'object', additionalProperties: openApiSchema(schema.value, meaning) };
    case 'choice':
      return { type: 'object', properties: propertiesOf(schema, schema.members, meaning) };
  }
}

function ofObject(schema: ObjectSchema, meaning: Meaning): Json {
  const required = Object.entries(schema.fields)
    .filter(([, { optional, fallback }]) => optional !== true && fallback === undefined)
    .map(([key]) => key);
  const properties = propertiesOf(schema, schema.fields, meaning);
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
}

function propertiesOf(holder: Schema, fields: Readonly<Record<string, Schema>>, meaning: Meaning): Json {
  const described = Object.entries(fields).map(([key, field]) => {
    const description = meaning(holder, key);
    return [key, { ...(description === '' ? {} : { description }), ...openApiSchema(field, meaning) }];
  });
  return Object.fromEntries(described);
}

function typeOfWords([first]: readonly unknown[]): string {
  if (typeof first === 'number') return 'integer';
  return typeof first === 'boolean' ? 'boolean' : 'string';
}
