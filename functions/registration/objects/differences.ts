import { isDeepStrictEqual } from 'node:util';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';

/** A field of a registered object that is not as it should be; `undefined` stands for one that is not there. */
export interface Difference {
  /** `webhooks[inject.outrigger.dev].failurePolicy` */
  readonly path: string;
  readonly is: unknown;
  readonly should: unknown;
}

/**
 * Where an object in the cluster differs from what we would apply: over the fields that are ours, because the API server
 * adds defaults and others may add fields of their own. Selectors are ours as a whole, and so are lists: a requirement
 * or a condition that another manager adds keeps Pods from the webhook.
 */
export function differences(desired: unknown, actual: unknown, path = ''): readonly Difference[] {
  if (Array.isArray(desired)) return differencesOfLists(desired, actual, path);
  if (!isRecord(desired) || (path.endsWith('Selector') && isRecord(actual))) {
    return isDeepStrictEqual(plain(desired), plain(actual)) ? [] : [{ path, is: actual, should: desired }];
  }
  if (!isRecord(actual)) return [{ path, is: actual, should: desired }];
  return Object.entries(desired).flatMap(([key, value]) => {
    const inner = /^[A-Za-z0-9]+$/.test(key) ? key : `[${JSON.stringify(key)}]`;
    return differences(
      value,
      own(actual, key),
      path === '' || inner.startsWith('[') ? path + inner : `${path}.${inner}`,
    );
  });
}

function differencesOfLists(desired: readonly unknown[], actual: unknown, path: string): readonly Difference[] {
  if (!Array.isArray(actual)) return [{ path, is: actual, should: desired }];
  const names = desired.map(nameOf);
  if (names.length === 0 || names.includes(undefined)) {
    if (desired.length !== actual.length) return [{ path, is: actual, should: desired }];
    return desired.flatMap((value, i) => differences(value, actual[i], `${path}[${i}]`));
  }
  const others = actual.filter((item: unknown) => !names.includes(nameOf(item)));
  return [
    ...desired.flatMap((value, i) => {
      const found: unknown = actual.find((item: unknown) => nameOf(item) === names[i]);
      return differences(value, found, `${path}[${names[i]}]`);
    }),
    ...others.map((item: unknown) => ({ path: `${path}[${nameOf(item) ?? '?'}]`, is: item, should: undefined })),
  ];
}

function nameOf(value: unknown): string | undefined {
  const name = isRecord(value) ? own(value, 'name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** Without what means nothing: fields that are undefined, and empty lists, which the API server leaves out. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined && !(Array.isArray(inner) && inner.length === 0))
      .map(([key, inner]) => [key, plain(inner)]),
  );
}
