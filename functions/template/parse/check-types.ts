import type { Check } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { isDirective } from '../../kubernetes/merge/directives.ts';
import { fieldsOf } from '../../kubernetes/pod-types.ts';
import { isQuantity } from '../../kubernetes/quantity.ts';

/** Of a scalar: what fits, and how a fault says it. */
interface Scalar {
  readonly fits: (value: unknown) => boolean;
  readonly wanted: string;
}

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const isInt32 = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= INT32.min && value <= INT32.max;

/** The scalars of the table; Go's decoder takes nothing else for them, `"80"` no more than `80.5` for a number. */
const SCALARS: ReadonlyMap<string, Scalar> = new Map([
  ['string', { fits: (value) => typeof value === 'string', wanted: 'a string (put numbers and booleans in quotes)' }],
  ['bool', { fits: (value) => typeof value === 'boolean', wanted: 'true or false, without quotes' }],
  ['int32', { fits: isInt32, wanted: `a whole number from ${INT32.min} to ${INT32.max}` }],
  ['int64', { fits: Number.isInteger, wanted: 'a whole number' }],
  [
    'intOrString',
    { fits: (value) => typeof value === 'string' || isInt32(value), wanted: 'a whole number or a string' },
  ],
  ['quantity', { fits: isQuantity, wanted: 'a quantity such as 100m, 0.5 or 64Mi' }],
  ['any', { fits: () => true, wanted: '' }],
]);

/**
 * Refuses what the API server cannot read: a patch with `runAsUser: "1000"` applies, but what comes of it is no Pod, and
 * then every Pod is refused with an error that `failurePolicy: Ignore` does not cover and that names no template. Fields that
 * the table does not know, of a newer Kubernetes, are left alone, and so are null and merge directives. Other checks
 * know more of some fields: where one has found a fault, nothing is added.
 *
 * @param type of the table, e.g. `PodSpec` or `[]EnvVar`
 */
export function checkTypes(check: Check, value: unknown, type: string, path: string): void {
  const said = new Set(check.faults.map((fault) => fault.path));
  for (const { path: at, wanted } of misfits(value, type, path))
    if (!said.has(at)) check.fault(at, `must be ${wanted}`);
}

/** A place, and what should be there. */
interface Misfit {
  readonly path: string;
  readonly wanted: string;
}

/** Everything in a value that is not of its type. The table nests no deeper than a Pod does, and so does the walk. */
function* misfits(value: unknown, type: string, path: string): Generator<Misfit> {
  if (value === null) return;
  const scalar = SCALARS.get(type);
  if (scalar !== undefined) {
    if (!scalar.fits(value)) yield { path, wanted: scalar.wanted };
  } else if (type.startsWith('[]')) {
    if (!Array.isArray(value)) yield { path, wanted: 'a list' };
    else for (const [i, element] of value.entries()) yield* misfits(element, type.slice(2), `${path}[${i}]`);
  } else if (!isRecord(value)) {
    yield { path, wanted: 'a map' };
  } else {
    yield* misfitsInMap(value, type, path);
  }
}

function* misfitsInMap(value: Json, type: string, path: string): Generator<Misfit> {
  const fields = type.startsWith('{}') ? undefined : fieldsOf(type);
  for (const [key, inner] of Object.entries(value)) {
    const innerType = type.startsWith('{}') ? type.slice(2) : fields?.get(key);
    if (innerType !== undefined && !isDirective(key)) yield* misfits(inner, innerType, `${path}.${key}`);
  }
}
