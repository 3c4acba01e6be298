import type { Freeze, FreezePlace } from '../../functions/canary/freeze/freeze.ts';
import { CREATED_AT } from './canaries.ts';

/** A freeze of a place as stores keep it; without more it is in force from now on. */
export function freezeOf(
  place: FreezePlace,
  name = 'stop',
  spec: Partial<Freeze['spec']> = {},
  resourceVersion = '1',
): Freeze {
  return {
    apiVersion: 'outrigger.dev/v1alpha1',
    kind: 'Freeze',
    metadata: {
      name,
      ...(place.scope === 'Namespace' ? { namespace: place.namespace } : {}),
      resourceVersion,
      creationTimestamp: new Date(CREATED_AT).toISOString(),
    },
    spec: { reason: 'holidays', ...spec },
    status: {
      scope: place.scope,
      ...(place.scope === 'Fleet' ? {} : { cluster: place.cluster }),
      frozenBy: 'arn:aws:iam::123456789012:user/ada',
    },
  };
}
