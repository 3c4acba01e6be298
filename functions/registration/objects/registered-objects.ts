import type { ClusterRecord } from '../../cluster-record/cluster-record.ts';
import { nextInUse } from '../../cluster-record/next-channel.ts';
import type { KubeObject } from '../../kube-api/cluster-api.ts';
import type { RegistrarTools } from '../registrar.ts';
import type { KeptRegistration } from '../registration-record.ts';
import { companionBinding, companionPolicy } from './companion-policy.ts';
import { expectedContainers } from './expected-containers.ts';
import { REGISTRATION_NAME, webhookConfiguration } from './webhook-configuration.ts';

/** The kinds of what is registered, in the order in which they are made. */
export type RegisteredKind = 'webhook' | 'policy' | 'binding';

/** One of the objects that are registered. */
interface Place {
  readonly kind: RegisteredKind;
  /** Its path in the API. */
  readonly path: string;
  /** As kubectl calls it. */
  readonly title: string;
}

const GROUP = 'admissionregistration.k8s.io';

/** Where the three objects are. */
export const PLACES: Readonly<Record<RegisteredKind, Place>> = {
  webhook: place('webhook', 'mutatingwebhookconfiguration'),
  policy: place('policy', 'validatingadmissionpolicy'),
  binding: place('binding', 'validatingadmissionpolicybinding'),
};

/** The path of all webhook configurations. */
export const WEBHOOKS_PATH = `/apis/${GROUP}/v1/mutatingwebhookconfigurations`;

/** What a cluster should have; no policy where none was asked for, or where there is nothing that it could look for. */
export interface DesiredObjects {
  readonly webhook: KubeObject;
  readonly companion?: { readonly policy: KubeObject; readonly binding: KubeObject };
  readonly warnings: readonly string[];
}

/** What a registration should look like in the cluster. */
export async function desiredObjects(
  kept: KeptRegistration,
  url: string,
  record: ClusterRecord,
  templates: RegistrarTools['templates'],
  signal: AbortSignal,
): Promise<DesiredObjects> {
  const { endpoint, companionPolicy: action, namespaces } = kept;
  const webhook = webhookConfiguration({ ...kept, url, ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }) });
  if (action === 'None') return { webhook, warnings: [] };
  const next = nextInUse(record);
  const [current, ahead] = await Promise.all([
    templates.listTemplates(record.channel, signal),
    next === undefined || next.shadow ? [] : templates.listTemplates(next.channel, signal),
  ]);
  const expected = expectedContainers(record, current, ahead);
  if (expected.length === 0) {
    const why =
      record.defaultTemplates.length === 0
        ? 'the cluster record names no default template'
        : `no default template (${record.defaultTemplates.join(', ')}) is published that brings a container`;
    return { webhook, warnings: [`there is no companion policy: ${why}, so it would have nothing to look for`] };
  }
  const options = { action, record, expected, ...(namespaces === undefined ? {} : { namespaces }) };
  return { webhook, companion: { policy: companionPolicy(options), binding: companionBinding(action) }, warnings: [] };
}

function place(kind: RegisteredKind, resource: string): Place {
  const plural = resource.endsWith('y') ? `${resource.slice(0, -1)}ies` : `${resource}s`;
  const path = `/apis/${GROUP}/v1/${plural}/${REGISTRATION_NAME}`;
  return { kind, path, title: `${resource}.${GROUP}/${REGISTRATION_NAME}` };
}
