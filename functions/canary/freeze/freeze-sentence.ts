import { iso } from '../stage-targets.ts';
import type { Freeze } from './freeze.ts';
import type { InForce } from './in-force.ts';

/** What is frozen, by which freeze, why and until when, for people. */
export function freezeSentence({ freeze, until }: InForce): string {
  const { metadata, spec } = freeze;
  const end = until === undefined ? 'until it is deleted' : `until ${iso(until)}`;
  return `${placeSentence(freeze)} is frozen ${end} (freeze ${metadata.name}): ${spec.reason}`;
}

function placeSentence({ metadata, status }: Freeze): string {
  if (metadata.namespace !== undefined) return `namespace ${metadata.namespace}`;
  return status.cluster === undefined ? 'the fleet' : `Kubernetes cluster ${status.cluster}`;
}
