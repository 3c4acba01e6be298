import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PASSTHROUGH, PASSTHROUGH_HTTP } from '../../../functions/traffic/xds/names.ts';
import type { XdsMessage } from '../../../functions/traffic/xds/xds.ts';
import { bootstrapOf, envoyArgs, meshed } from '../../support/mesh-pod.ts';
import { at, recordOf } from '../../support/values.ts';
import { type Envoy, startEnvoy } from './envoy.ts';
import { writeProjected } from './kubelet-folder.ts';
import { boundListener, resolverAt, staticCluster } from './mesh-bootstrap.ts';

/** An Envoy with the bootstrap, the SDS file and the token that the shipped template gives it. */
export interface TemplateProxy extends Envoy {
  /** Puts another token into its volume, as the kubelet does. */
  rotate(token: string): Promise<void>;
  /** Its polls so far, by the status of their answers; `others` have no answer. */
  polls(): Promise<Readonly<Record<string, number>>>;
}

/** What stands in for the redirection of a Pod's traffic, on loopback. */
export interface Surroundings {
  readonly dns: number;
  /** What stands in for every Service's own address. */
  readonly main: number;
  /** How often it asks for routes, in seconds. */
  readonly routesTick: number;
}

const MOUNT = '/var/run/secrets/outrigger';

/**
 * Starts one that polls an endpoint as a cluster record's `discovery` says.
 *
 * @param around set: it has the listener `bound` besides, for a client (`clientOf`)
 */
export async function startTemplateProxy(
  discovery: Readonly<Record<string, unknown>>,
  token: string,
  around?: Surroundings,
): Promise<TemplateProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-identity-'));
  const pod = await meshed({ record: { discovery }, parameters: {} });
  const here = (text: string): string => text.replaceAll(MOUNT, folder);
  const sds = here(String(at(pod, 'metadata', 'annotations', 'envoy.outrigger.dev/sds')));
  const rotate = async (next: string): Promise<void> => await writeProjected(folder, { 'sds.json': sds, token: next });
  await rotate(token);
  // Its ports are fixed; on one machine there may be several.
  const bootstrap = here(JSON.stringify(bootstrapOf(envoyArgs(pod)))).replaceAll(
    /"port_value":150\d\d/g,
    '"port_value":0',
  );
  const parsed: XdsMessage = JSON.parse(bootstrap);
  const envoy = await startEnvoy(around === undefined ? parsed : withClient(parsed, around));
  return {
    ...envoy,
    rotate,
    polls: async () => pollsOf(await envoy.stats('cluster.xds.upstream_rq_')),
    stop: async () => {
      await envoy.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** The bootstrap with a listener that connections can be made to, and what it leads to in the place of original destinations. */
function withClient(bootstrap: XdsMessage, { dns, main, routesTick }: Surroundings): XdsMessage {
  const { static_resources: resources, ...others } = bootstrap;
  const listOf = (name: string): readonly XdsMessage[] => {
    const list: unknown = at(resources, name);
    return (Array.isArray(list) ? list : []).map((one) => recordOf(one) as XdsMessage);
  };
  const original = [PASSTHROUGH, PASSTHROUGH_HTTP];
  const clusters = listOf('clusters').filter(({ name }) => !original.includes(String(name)));
  return {
    ...others,
    typed_dns_resolver_config: resolverAt(dns),
    static_resources: {
      listeners: [...listOf('listeners'), boundListener(routesTick)],
      clusters: [...clusters, ...original.map((name) => staticCluster(name, main))],
    },
  };
}

function pollsOf(stats: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  const counts = [...stats].flatMap(([name, count]): [string, number][] => {
    const status = /upstream_rq_(\d{3})$/.exec(name)?.[1];
    return status === undefined ? [] : [[status, count]];
  });
  const answered = counts.reduce((sum, [, count]) => sum + count, 0);
  const of = (name: string): number => stats.get(`cluster.xds.upstream_rq_${name}`) ?? 0;
  return { ...Object.fromEntries(counts), others: of('total') - of('active') - answered };
}
