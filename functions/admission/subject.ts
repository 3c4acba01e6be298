import type { ValuesOf } from '../events/event.ts';
import type { reviewed } from '../events.ts';
import { own } from '../json/check.ts';
import type { AdmissionRequest } from '../kubernetes/admission-request.ts';
import { listOf, mapOf, nameOf } from '../kubernetes/pod.ts';

/** Whom a review concerns, in the log lines about it. */
export type Subject = Pick<ValuesOf<typeof reviewed>, 'uid' | 'operation' | 'namespace' | 'name' | 'owner' | 'dryRun'>;

/** A name in a log line is cut here; Kubernetes allows 253 characters. */
const NAME_CHARACTERS_MAX = 253;

/**
 * What a log line says about whom a review concerns. On create the name is often still to be made from generateName,
 * so the owner stands beside it.
 */
export function subjectOf(request: AdmissionRequest): Subject {
  const metadata = mapOf(request.object, 'metadata');
  const generateName = own(metadata, 'generateName');
  const owner = listOf(metadata, 'ownerReferences')[0];
  const kind = own(mapOf({ owner }, 'owner'), 'kind');
  const name = request.name ?? nameOf(metadata) ?? (typeof generateName === 'string' ? `${generateName}…` : '');
  return {
    uid: request.uid,
    operation: short(request.operation),
    namespace: short(request.namespace),
    name: short(name),
    ...(owner === undefined ? {} : { owner: short(`${typeof kind === 'string' ? kind : ''}/${nameOf(owner) ?? ''}`) }),
    dryRun: request.dryRun,
  };
}

function short(text: string): string {
  return text.slice(0, NAME_CHARACTERS_MAX);
}
