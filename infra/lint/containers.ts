import { listOf, mapOf, nameOf } from '../../functions/injection/pod.ts';
import { own } from '../../functions/template/check.ts';
import type { Finding } from './lint.ts';

/** Where ServiceAccount admission mounts the Pod's token, unless something is mounted there already. */
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

type Json = Readonly<Record<string, unknown>>;

/** What is wrong or unwise about the containers and volumes of a template's `spec.pod.spec`. */
export function lintContainers(spec: Json): readonly Finding[] {
  const path = 'spec.pod.spec';
  const volumes = listOf(spec, 'volumes').map((v) => nameOf(v) ?? '');
  const containers = (['initContainers', 'containers'] as const).flatMap((list) =>
    listOf(spec, list).map((container, i) => ({ container, at: `${path}.${list}[${i}]` })),
  );
  const mounted = containers.flatMap(({ container }) => mountsOf(container).map((m) => m.name));
  return [
    ...containers.flatMap(({ container, at }) => [
      ...lintImage(container, at),
      ...lintMounts(container, at, volumes),
      ...lintEnv(listOf(container, 'env'), `${at}.env`),
      ...(own(spec, 'automountServiceAccountToken') === false ? [] : lintToken(container, at)),
    ]),
    ...lintPorts(containers),
    ...volumes.flatMap((name, i) =>
      mounted.includes(name)
        ? []
        : [warning('unused-volume', `${path}.volumes[${i}]`, `no container mounts the volume ${name}`)],
    ),
  ];
}

function lintImage(container: unknown, at: string): readonly Finding[] {
  const image = String(own(mapOf({ container }, 'container'), 'image') ?? '');
  // What an expression makes of it is not known here.
  if (image.includes('@sha256:') || image.includes('${')) return [];
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag !== undefined && tag !== 'latest') return [];
  const what = tag === undefined ? 'has no tag' : 'has the tag latest';
  return [warning('image-tag', `${at}.image`, `${image} ${what}: Pods of one template would run different images`)];
}

function lintMounts(container: unknown, at: string, volumes: readonly string[]): readonly Finding[] {
  const mounts = mountsOf(container);
  return mounts.flatMap(({ name, mountPath }, i) => {
    const path = `${at}.volumeMounts[${i}]`;
    const isTwice = mounts.findIndex((m) => m.mountPath === mountPath) < i;
    return [
      ...(isTwice ? [error('mount-path', path, `${mountPath} is mounted twice; the API server refuses that`)] : []),
      ...(volumes.includes(name)
        ? []
        : [
            warning(
              'mount-without-volume',
              path,
              `the template has no volume ${name}: only Pods that bring one can be injected`,
            ),
          ]),
    ];
  });
}

/** kubectl merges env by name and never reorders it, and the kubelet expands $(NAME) only for names further up. */
function lintEnv(env: readonly unknown[], at: string): readonly Finding[] {
  const names = env.map((variable) => nameOf(variable) ?? '');
  return env.flatMap((variable, i) => {
    const path = `${at}[${i}]`;
    const { value, valueFrom } = mapOf({ variable }, 'variable');
    const isTwice = names.indexOf(names[i] ?? '') < i;
    const later = [...String(value ?? '').matchAll(/\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g)].filter(
      ([, name = '']) => names.indexOf(name) >= i,
    );
    const isBoth = value !== undefined && value !== '' && valueFrom !== undefined;
    return [
      ...(isTwice ? [error('env-name', path, `${names[i]} is set twice; a merge would keep only one`)] : []),
      ...(isBoth ? [error('env-value', path, 'has both value and valueFrom; the API server refuses that')] : []),
      ...later.map(([reference]) =>
        warning('env-order', path, `${reference} is set further down and stays as it is written`),
      ),
    ];
  });
}

function lintToken(container: unknown, at: string): readonly Finding[] {
  if (mountsOf(container).some((m) => m.mountPath.replace(/\/$/, '') === TOKEN_PATH)) return [];
  const message = `the app's ServiceAccount token will be mounted into ${nameOf(container)}; mount an emptyDir at ${TOKEN_PATH} to keep it out`;
  return [warning('service-account-token', at, message)];
}

/** All containers of a Pod share its network; by containerPort alone kubectl would take TCP and UDP for one. */
function lintPorts(containers: readonly { container: unknown; at: string }[]): readonly Finding[] {
  const seen = new Map<string, string>();
  return containers.flatMap(({ container, at }) =>
    listOf(container, 'ports').flatMap((port, i) => {
      const { containerPort, protocol = 'TCP' } = mapOf({ port }, 'port');
      const key = `${String(containerPort)}/${String(protocol)}`;
      const first = seen.get(key);
      const path = `${at}.ports[${i}]`;
      if (first === undefined) seen.set(key, path);
      return first === undefined ? [] : [warning('port', path, `${key} is also at ${first}; only one can listen`)];
    }),
  );
}

function mountsOf(container: unknown): readonly { name: string; mountPath: string }[] {
  return listOf(container, 'volumeMounts').map((mount) => ({
    name: nameOf(mount) ?? '',
    mountPath: String(own(mapOf({ mount }, 'mount'), 'mountPath') ?? ''),
  }));
}

function error(rule: string, path: string, message: string): Finding {
  return { level: 'error', rule, path, message };
}

function warning(rule: string, path: string, message: string): Finding {
  return { level: 'warning', rule, path, message };
}
