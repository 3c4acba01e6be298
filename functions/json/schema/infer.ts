import type { Schema } from './schema.ts';

/** The TypeScript type of what a schema describes; unknown for any schema. Comments of fields come along. */
export type Infer<S> = Schema extends S ? unknown : InferOne<S>;

type InferOne<S> = S extends { readonly kind: 'text' }
  ? string
  : S extends { readonly kind: 'number' }
    ? number
    : S extends { readonly kind: 'flag' }
      ? boolean
      : S extends { readonly kind: 'words'; readonly values: readonly (infer Word)[] }
        ? Word
        : InferInner<S>;

type InferInner<S> = S extends { readonly kind: 'object'; readonly fields: infer Fields }
  ? InferFields<Fields>
  : S extends { readonly kind: 'list'; readonly pair: true; readonly item: infer Item }
    ? readonly [Infer<Item>, Infer<Item>]
    : S extends { readonly kind: 'list'; readonly item: infer Item }
      ? readonly Infer<Item>[]
      : S extends { readonly kind: 'map'; readonly value: infer Value }
        ? Readonly<Record<string, Infer<Value>>>
        : S extends { readonly kind: 'choice'; readonly members: infer Members }
          ? { [Key in keyof Members]: { readonly [Only in Key]: Infer<Members[Key]> } }[keyof Members]
          : never;

type Optional = { readonly optional: true };
type InferFields<Fields> = Flat<
  { readonly [Key in keyof Fields as Fields[Key] extends Optional ? never : Key]: Infer<Fields[Key]> } & {
    readonly [Key in keyof Fields as Fields[Key] extends Optional ? Key : never]?: Infer<Fields[Key]>;
  }
>;
type Flat<T> = { [Key in keyof T]: T[Key] };
