import { isDeepStrictEqual } from 'node:util';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { listOf, mapOf, nameOf } from '../../kubernetes/pod.ts';

/** Sources that reach nothing outside the Pod's namespace; every other one must be the template's own, unchanged. */
const WITHIN_NAMESPACE = [
  ...['emptyDir', 'configMap', 'secret', 'projected', 'downwardAPI', 'persistentVolumeClaim', 'ephemeral', 'image'],
  'name',
];

/**
 * Where the volumes of a rendered fragment reach further than those of the defaults: a path of the host, a driver of
 * its own, a token for another audience.
 */
export function findRaiseInVolumes(defaults: readonly unknown[], rendered: readonly unknown[]): string | undefined {
  for (const volume of rendered.filter(isRecord)) {
    const base = defaults.find((other) => nameOf(other) === nameOf(volume)) ?? {};
    const source = Object.keys(volume).find(
      (key) => !WITHIN_NAMESPACE.includes(key) && !isDeepStrictEqual(volume[key], mapOf({ base }, 'base')[key]),
    );
    if (source !== undefined) return `volume ${nameOf(volume) ?? ''}: ${source}`;
    const known = tokensOf(base);
    if (tokensOf(volume).some((audience) => !known.includes(audience))) {
      return `volume ${nameOf(volume) ?? ''}: serviceAccountToken.audience`;
    }
  }
  return undefined;
}

/** The audiences of the tokens that a projected volume asks for; undefined is the API server's own. */
function tokensOf(volume: unknown): readonly unknown[] {
  return listOf(mapOf(volume, 'projected'), 'sources').flatMap((source) => {
    const token = isRecord(source) ? own(source, 'serviceAccountToken') : undefined;
    return isRecord(token) ? [own(token, 'audience')] : [];
  });
}
