import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import type { Outcome } from '../../functions/injection/outcome.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import { describeFaults, isRecord } from '../../functions/json/faults.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { parseTemplate } from '../../functions/template/parse/parse-template.ts';
import type { Template } from '../../functions/template/template.ts';
import { createFileStore } from '../../functions/template-store/file-store.ts';
import { TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { applyStrictly, podOf } from './pods.ts';
import { stateOf } from './templates.ts';
import { at, copyOf, recordOf } from './values.ts';

/** A cluster record, and what a Pod asks for, with which the `envoy` template comes out differently. */
export interface MeshCorner {
  readonly record: Record<string, unknown>;
  /** Values of parameters, by name. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A throw-away authority's certificate (P-256, valid to 2056): Envoy reads what stands in `discovery.ca`. */
export const CA_PEM = `-----BEGIN CERTIFICATE-----
MIIBcDCCARegAwIBAgIUCkpsoPgX1pAmUL0t0o1Z+FS7SjYwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCY2EwIBcNMjYxMTIyMTgxNDE4WhgPMjA1NjExMTQxODE0MTha
MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKQ/dJhKY
RkMzIuLSVVc8i5bee8N5YuxU3Kgz1vZeWPd26KtokIhcR5hR7JHRhrc2es+kZStF
5Jw+0G1c4xKYJ6NTMFEwHQYDVR0OBBYEFI8Ki0d9f2V5BXwbi51ln8rJO94xMB8G
A1UdIwQYMBaAFI8Ki0d9f2V5BXwbi51ln8rJO94xMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDRwAwRAIgaU051rx0DM18psAEqHZv2HVvR0fPUULKj2pIoad5
1qgCIG+oKzMWe23maMTfo1RQ9VQilkU44epW/Zux2J+czFis
-----END CERTIFICATE-----
`;

const discovery = { host: 'xds.example.com', port: 8443, ca: CA_PEM, refresh: '1m30s', routesRefresh: '5s' };

/** Every branch of the template, and the ends of every parameter's range. */
export const MESH_CORNERS: Readonly<Record<string, MeshCorner>> = {
  default: { record: { discovery: { host: 'xds.example.com' } }, parameters: {} },
  capture: { record: { discovery }, parameters: { inbound: 'Capture' } },
  classic: { record: { discovery, nativeSidecars: false, audience: 'mesh' }, parameters: {} },
  address: { record: { discovery: { ...discovery, host: '192.0.2.7' } }, parameters: {} },
  address6: { record: { discovery: { ...discovery, host: '2001:db8::7' } }, parameters: {} },
  least: {
    record: { discovery: { ...discovery, ca: 'system', refresh: '100ms' } },
    parameters: { concurrency: '1', 'log-level': 'off', cpu: '0', memory: '0', 'memory-limit': '64Mi' },
  },
  most: {
    record: { discovery: { ...discovery, refresh: '8760h' } },
    parameters: {
      inbound: 'Capture',
      'only-outbound-ports': Array.from({ length: 64 }, (_, i) => 2 * i + 1).join(','),
      'skip-outbound-ports': Array.from({ length: 64 }, (_, i) => 65_535 - i).join(','),
      'skip-inbound-ports': '9090,9091',
      concurrency: '16',
      'log-level': 'trace',
      'iptables-mode': 'legacy',
      'envoy-tag': 'distroless-v1.37.0',
      'proxy-init-tag': 'v2.4.9',
      cpu: '8',
      memory: '4Gi',
      'memory-limit': '4Gi',
    },
  },
};

let shipped: Promise<readonly Template[]> | undefined;

/** The templates of `infra/templates`, read once. */
export async function shippedTemplates(): Promise<readonly Template[]> {
  shipped ??= readTemplates();
  return await shipped;
}

async function readTemplates(): Promise<readonly Template[]> {
  const stored = await createFileStore({ templates: TEMPLATES_DIR_DEFAULT }).listTemplates(
    'stable',
    AbortSignal.timeout(5_000),
  );
  return stored.map((template) => {
    const parsed = 'document' in template ? parseTemplate(template.document, template.version) : undefined;
    if (parsed?.valid !== true) throw new Error(parsed === undefined ? template.name : describeFaults(parsed.faults));
    return parsed.value;
  });
}

/** What becomes of a Pod that asks for the `envoy` template. */
export async function askForMesh({ record, parameters }: MeshCorner, pod: RawPod = podOf()): Promise<Outcome> {
  const state = stateOf(await shippedTemplates(), record);
  return mutatePod(withParameters(pod, parameters), 'shop', state, planInjection, ['envoy']);
}

/** The Pod with the mesh in it; throws when it was not injected. */
export async function meshed(corner: MeshCorner, pod: RawPod = podOf()): Promise<RawPod> {
  const outcome = await askForMesh(corner, pod);
  if (outcome.reason !== 'Injected') throw new Error(outcome.sentence);
  return applyStrictly(withParameters(pod, corner.parameters), outcome.operations);
}

/** The arguments of the Pod's Envoy, which is a native sidecar or an ordinary container. */
export function envoyArgs(pod: RawPod): readonly string[] {
  const containers = ['initContainers', 'containers'].flatMap((list) => at(pod, 'spec', list));
  const envoy = containers.find((container) => at(container, 'name') === 'envoy');
  const args = at(envoy, 'args');
  return Array.isArray(args) ? args.map(String) : [];
}

/** The bootstrap among the arguments. */
export function bootstrapOf(args: readonly string[]): Readonly<Record<string, unknown>> {
  return recordOf(JSON.parse(args[args.indexOf('--config-yaml') + 1] ?? ''));
}

function withParameters(pod: RawPod, parameters: MeshCorner['parameters']): RawPod {
  const metadata = isRecord(pod['metadata']) ? pod['metadata'] : {};
  const annotations = Object.entries(parameters).map(([name, value]) => [`parameters.outrigger.dev/${name}`, value]);
  const known = isRecord(metadata['annotations']) ? metadata['annotations'] : {};
  return copyOf({ ...pod, metadata: { ...metadata, annotations: { ...known, ...Object.fromEntries(annotations) } } });
}
