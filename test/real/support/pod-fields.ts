/** A schema of the OpenAPI document, as far as it is needed here. */
interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The schemas that an API server serves at `/openapi/v3/api/v1`, by name. */
export type Schemas = Readonly<Record<string, Schema>>;

const POD_SPEC = 'io.k8s.api.core.v1.PodSpec';

/** Every field below PodSpec, as `Type.field`: a type counts once, wherever it is used. */
export function fieldsOfPodSpec(schemas: Schemas): ReadonlySet<string> {
  const fields = new Set<string>();
  const seen = new Set<string>();
  const walk = (type: string): void => {
    if (seen.has(type)) return;
    seen.add(type);
    for (const [field, schema] of Object.entries(schemas[type]?.properties ?? {})) {
      fields.add(`${shortOf(type)}.${field}`);
      const inner = typeOf(schema);
      if (inner !== undefined) walk(inner);
    }
  };
  walk(POD_SPEC);
  return fields;
}

/** The fields that a Pod's spec sets, as `Type.field`. */
export function fieldsSetIn(spec: object, schemas: Schemas): ReadonlySet<string> {
  const fields = new Set<string>();
  const walk = (type: string, value: object): void => {
    for (const [field, inner] of Object.entries(value)) {
      const schema = schemas[type]?.properties?.[field];
      if (schema === undefined) continue;
      fields.add(`${shortOf(type)}.${field}`);
      const innerType = typeOf(schema);
      if (innerType === undefined) continue;
      for (const element of Array.isArray(inner) ? inner : [inner]) {
        if (typeof element === 'object' && element !== null) walk(innerType, element);
      }
    }
  };
  walk(POD_SPEC, spec);
  return fields;
}

/** The type that a field refers to, directly, in `allOf`, or as the type of its elements. */
function typeOf(schema: Schema): string | undefined {
  const ref = schema.$ref ?? schema.allOf?.find((s) => s.$ref !== undefined)?.$ref;
  if (ref !== undefined) return ref.split('/').at(-1);
  return schema.items && typeOf(schema.items);
}

function shortOf(type: string): string {
  return type.split('.').at(-1) ?? type;
}
