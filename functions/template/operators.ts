/**
 * The operators of JSON-e that a template may use, with the fields that stand beside each. The list is closed: no operator
 * reads the time, loops or names a value, so that the result is never much larger than the template.
 */
export const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  $eval: [],
  $if: ['then', 'else'],
  $switch: [],
  $match: [],
  $merge: [],
  $mergeDeep: [],
  $flatten: [],
  $json: [],
};
