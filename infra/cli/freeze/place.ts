import type { Command } from 'commander';
import { type ApiOptions, openApi, type ReleaseApi, withApiOptions } from '../canary/connection.ts';
import { UsageError } from '../errors.ts';

/** What a freeze is to hold for; named as kubectl's options. */
export interface PlaceOptions extends ApiOptions {
  readonly allNamespaces?: boolean;
  readonly fleet?: boolean;
}

/** The name of a freeze that is given none. */
export const DEFAULT_NAME = 'stop-the-line';

/** Where freezes of a place are in the API, and what people call it. */
export interface FreezePlace {
  readonly namespace: string | undefined;
  readonly path: string;
  readonly words: string;
}

/** Adds what leads to the API, `-A` and `--fleet`. */
export function withPlaceOptions(command: Command): Command {
  return withApiOptions(command)
    .option('-A, --all-namespaces', 'the whole Kubernetes cluster, not one namespace')
    .option('--fleet', 'every Kubernetes cluster of the fleet');
}

/** The place that the options name. Throws UsageError where they name two. */
export function placeOf({ namespace, allNamespaces = false, fleet = false }: PlaceOptions): FreezePlace {
  const named = [namespace !== undefined, allNamespaces, fleet].filter(Boolean).length;
  if (named > 1) throw new UsageError('a freeze has one place: take one of -n, -A and --fleet');
  if (fleet) return { namespace: undefined, path: 'fleet/freezes', words: 'the fleet' };
  if (allNamespaces) return { namespace: undefined, path: 'freezes', words: 'the Kubernetes cluster' };
  const one = namespace ?? 'default';
  return { namespace: one, path: 'freezes', words: `${one} namespace` };
}

/** Opens the API for a place: the fleet is behind no Kubernetes cluster. */
export async function openPlace(options: PlaceOptions): Promise<ReleaseApi> {
  const { cluster, ...rest } = options;
  return await openApi(options.fleet === true || cluster === undefined ? rest : { ...rest, cluster });
}
