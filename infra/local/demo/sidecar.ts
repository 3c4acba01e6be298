import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../../../functions/json/faults.ts';
import { adaptBootstrap, type Surroundings } from './bootstrap.ts';
import { mintToken } from './client.ts';
import { at, named, objectsOf } from './json-path.ts';
import type { Demo, Pod } from './review.ts';

/** How Envoy is started, and where it is then found. */
export interface Sidecar {
  readonly args: readonly string[];
  readonly adminSocket: string;
}

/** Where the template has its sockets and its identity. */
const [RUN_DIR, IDENTITY_DIR] = ['/run/outrigger', '/var/run/secrets/outrigger'];

/**
 * Does with an injected Pod what a kubelet does: projects the files of its identity, and fills the Pod's fields into the
 * arguments of Envoy's container. Then the bootstrap among them is adapted to this machine.
 */
export async function prepareSidecar(demo: Demo, pod: Pod, around: Surroundings): Promise<Sidecar> {
  const folder = join(demo.stateDir, 'sidecar');
  await mkdir(folder, { mode: 0o700 });
  const here = (text: unknown): string => String(text).replaceAll(IDENTITY_DIR, folder).replaceAll(RUN_DIR, folder);
  await writeFile(join(folder, 'token'), await mintToken(demo, pod), { mode: 0o600 });
  await writeFile(join(folder, 'sds.json'), here(at(pod, 'metadata', 'annotations', 'envoy.outrigger.dev/sds')));
  const container = named(at(pod, 'spec', 'initContainers'), 'envoy');
  const fields = new Map(
    objectsOf(container['env']).map(({ name, valueFrom }) => {
      const path = String(at(valueFrom, 'fieldRef', 'fieldPath'));
      return [String(name), String(at(pod, ...path.split('.')))];
    }),
  );
  const { args: raw } = container;
  const args = Array.isArray(raw) ? raw.map((arg) => here(expand(String(arg), fields))) : [];
  const config = args.indexOf('--config-yaml') + 1;
  const bootstrap: unknown = JSON.parse(args[config] ?? '');
  if (!isRecord(bootstrap)) throw new Error('the injected Pod has no bootstrap');
  return {
    args: args.with(config, JSON.stringify(adaptBootstrap(bootstrap, around))),
    adminSocket: join(folder, 'admin.sock'),
  };
}

/** `$(NAME)` becomes the value of a variable and `$$` a dollar, as Kubernetes' third_party/forked/golang/expansion does. */
function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(?:\$|\((\w+)\))/g, (all: string, name?: string) =>
    name === undefined ? '$' : (values.get(name) ?? all),
  );
}
