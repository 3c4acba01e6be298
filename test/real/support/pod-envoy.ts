import type { ClusterNode } from './node.ts';
import { fetchInside } from './node-fetch.ts';

/** What the readiness port of a Pod's Envoy says. */
export interface PodEnvoys {
  /** A page of it. */
  page(pod: string, path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** The sum of an Envoy statistic over all series whose labels contain these texts. */
  stat(pod: string, name: string, ...labels: readonly string[]): Promise<number>;
  /** The version of the routes that it runs; several where its listeners differ, none before the first. */
  routesVersions(pod: string): Promise<readonly string[]>;
}

/** @param addressOf the Pod's own */
export function podEnvoys(node: ClusterNode, addressOf: (pod: string) => Promise<string | undefined>): PodEnvoys {
  const page: PodEnvoys['page'] = async (pod, path) =>
    await fetchInside(node, `http://${await addressOf(pod)}:15021${path}`);
  return {
    page,
    stat: async (pod, name, ...labels) => sumOf((await page(pod, '/stats/prometheus')).body, name, labels),
    routesVersions: async (pod) =>
      textsOf((await page(pod, '/stats/prometheus?text_readouts=true')).body, 'envoy_http_rds_version_text'),
  };
}

/** The sum of a metric in Prometheus' text format. */
function sumOf(text: string, name: string, labels: readonly string[]): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const wanted = lines.filter((line) => labels.every((label) => line.includes(label)));
  return wanted.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** The values of a statistic of Envoy's that is a text, without doubles. */
function textsOf(text: string, name: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return [...new Set(lines.flatMap((line) => /text_value="([^"]*)"/.exec(line)?.[1] ?? []))];
}
