import { ApiError } from '../response/api-error.ts';

/** A selector in a query names a handful of fields. */
const CHARACTERS_MAX = 2_048;

/** What `--field-selector` asks for: fields by name, with the one value that each must, or must not, have. */
export type FieldSelector = readonly { readonly field: string; readonly value: string; readonly isEqual: boolean }[];

/**
 * Reads `metadata.name=cart,metadata.namespace!=shop`. Throws ApiError 400 for what is malformed, and for a field that is not
 * among `known`, in kube-apiserver's words.
 */
export function parseFieldSelector(text: string, known: readonly string[]): FieldSelector {
  if (text.length > CHARACTERS_MAX) throw malformed();
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      if (at <= 0) throw malformed();
      const isEqual = part[at - 1] !== '!';
      const field = part.slice(0, isEqual ? at : at - 1);
      // `==` is another way to write `=`.
      const value = part.slice(part[at + 1] === '=' ? at + 2 : at + 1);
      if (!known.includes(field)) {
        throw new ApiError('BadRequest', `field label not supported; ${known.join(' and ')} are`);
      }
      return { field, value, isEqual };
    });
}

/** Whether what has these fields is selected. */
export function matchesFields(selector: FieldSelector, fields: ReadonlyMap<string, string>): boolean {
  return selector.every(({ field, value, isEqual }) => (fields.get(field) === value) === isEqual);
}

/** The value that a field has to have; undefined where any may be. */
export function equalValue(selector: FieldSelector, field: string): string | undefined {
  return selector.find((one) => one.field === field && one.isEqual)?.value;
}

function malformed(): ApiError {
  return new ApiError(
    'BadRequest',
    'fieldSelector is malformed; write it as metadata.name=cart,metadata.namespace!=shop',
  );
}
