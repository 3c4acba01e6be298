import type {
  ChoiceSchema,
  FlagSchema,
  ListSchema,
  MapSchema,
  NumberSchema,
  ObjectSchema,
  Schema,
  TextSchema,
  WordsSchema,
} from './schema.ts';

type Without<S extends Schema, Known extends keyof S = never> = Omit<S, 'kind' | Known>;

/** A text. */
/* @__NO_SIDE_EFFECTS__ */
export function text<const More extends Without<TextSchema>>(more: More) {
  return { kind: 'text', ...more } as const;
}

/** A whole number. */
/* @__NO_SIDE_EFFECTS__ */
export function integer<const More extends Without<NumberSchema, 'decimals'>>(more: More) {
  return { kind: 'number', decimals: 0, ...more } as const;
}

/** A number. */
/* @__NO_SIDE_EFFECTS__ */
export function number<const More extends Without<NumberSchema>>(more: More) {
  return { kind: 'number', ...more } as const;
}

/** True or false. */
/* @__NO_SIDE_EFFECTS__ */
export function flag<const More extends Without<FlagSchema>>(more: More) {
  return { kind: 'flag', ...more } as const;
}

/** One of some values; `message` where the fault is not to list them. */
/* @__NO_SIDE_EFFECTS__ */
export function words<
  const Values extends WordsSchema['values'],
  const More extends Partial<Without<WordsSchema, 'values'>>,
>(values: Values, more: More) {
  const message: string = `must be one of ${values.join(', ')}`;
  return { kind: 'words', values, message, ...more } as const;
}

/** An object with these fields. The comment above a field is its text in the reference. */
/* @__NO_SIDE_EFFECTS__ */
export function object<const Fields extends ObjectSchema['fields'], const More extends Without<ObjectSchema, 'fields'>>(
  fields: Fields,
  more: More,
) {
  return { kind: 'object', fields, ...more } as const;
}

/** A list of items of one shape. */
/* @__NO_SIDE_EFFECTS__ */
export function list<const Item extends Schema, const More extends Without<ListSchema, 'item' | 'pair'>>(
  item: Item,
  more: More,
) {
  return { kind: 'list', item, ...more } as const;
}

/** A list of two. */
/* @__NO_SIDE_EFFECTS__ */
export function pair<
  const Item extends Schema,
  const More extends Without<ListSchema, 'item' | 'pair' | 'min' | 'max'>,
>(item: Item, more: More) {
  return { kind: 'list', item, min: 2, max: 2, pair: true, ...more } as const;
}

/** An object whose keys are the author's, with values of one shape. */
/* @__NO_SIDE_EFFECTS__ */
export function map<const Value extends Schema, const More extends Without<MapSchema, 'value'>>(
  value: Value,
  more: More,
) {
  return { kind: 'map', value, ...more } as const;
}

/** An object with exactly one of these keys. */
/* @__NO_SIDE_EFFECTS__ */
export function choice<
  const Members extends ChoiceSchema['members'],
  const More extends Without<ChoiceSchema, 'members'>,
>(members: Members, more: More) {
  return { kind: 'choice', members, ...more } as const;
}
