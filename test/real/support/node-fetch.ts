import type { ClusterNode } from './node.ts';

/** A request from inside a node. */
export interface InsideRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** A file with the authority to trust. */
  readonly ca?: string;
}

/** What it was answered. */
export interface InsideAnswer {
  readonly status: number;
  readonly body: string;
  readonly etag?: string;
}

const SCRIPT = `
const [url, { body, ...request }] = JSON.parse(process.argv[1]);
const response = await fetch(url, { ...request, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const etag = response.headers.get('etag') ?? undefined;
console.log(JSON.stringify({ status: response.status, body: await response.text(), etag }));`;

/** Fetches from inside the node's namespaces, where its Pods are reached. */
export async function fetchInside(node: ClusterNode, url: string, request: InsideRequest = {}): Promise<InsideAnswer> {
  const { ca, ...rest } = request;
  const script = ['--input-type=module', '-e', SCRIPT, JSON.stringify([url, rest])];
  const trust = ca === undefined ? [] : [`NODE_EXTRA_CA_CERTS=${ca}`];
  return JSON.parse((await node.run('env', [...trust, process.execPath, ...script])).stdout);
}
