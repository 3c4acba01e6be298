import { isIP } from 'node:net';
import type { EgressPolicy } from '../http/egress/egress-policy.ts';
import { type Check, DNS_LABEL } from '../json/check.ts';
import type { Json } from '../json/json.ts';

/** What the metrics of a Kubernetes cluster's canaries may ask: hosts, and of the AWS account what is read for them. */
export interface RecordEgress extends EgressPolicy {
  /** Workspaces of Amazon Managed Service for Prometheus that queries are signed for: `eu-central-1/ws-…`. */
  readonly workspaces: readonly string[];
  /** Namespaces of CloudWatch metrics that are read, e.g. `AWS/ApplicationELB`; `*` for all. */
  readonly cloudwatch: readonly string[];
  /** Regions of which CloudWatch metrics and alarms are read, besides the function's own. */
  readonly regions: readonly string[];
  /** Names of CloudWatch alarms that are read; a `*` at the end stands for any characters. */
  readonly alarms: readonly string[];
}

/** Nothing may be asked. */
export const NO_EGRESS: RecordEgress = {
  hosts: [],
  http: [],
  private: [],
  workspaces: [],
  cloudwatch: [],
  regions: [],
  alarms: [],
};

/** Entries of each list. */
const ENTRIES_MAX = 64;
/** What hosts are written of; their labels are looked at one by one. */
const HTTPS_HOST = /^(?:\*\.)?[a-z0-9.-]{1,253}(?::[1-9]\d{0,4})?$/;
const HTTP_HOST = /^[a-z0-9.-]{1,253}:[1-9]\d{0,4}$/;
const NETWORK = /^[0-9a-f:.]{2,45}\/\d{1,3}$/;
const WORKSPACE = /^[a-z]{2,5}-[a-z0-9-]{1,30}-\d{1,2}\/ws-[A-Za-z0-9-]{1,64}$/;
const REGION = /^[a-z]{2,5}-[a-z0-9-]{1,30}-\d{1,2}$/;
/** CloudWatch's own characters of a namespace (PutMetricData). */
const METRIC_NAMESPACE = /^(?:\*|[A-Za-z0-9._/#:-]{1,255})$/;
const ALARM = /^[!-)+-~][ -)+-~]{0,253}\*?$|^\*$/;

/** Reads `egress` of a cluster record; undefined when absent: then no metric of its canaries may ask anything. */
export function parseEgress(check: Check, record: Json): RecordEgress | undefined {
  const egress = check.object(record, 'egress', 'egress');
  if (egress === undefined) return undefined;
  const list = (
    key: keyof RecordEgress,
    accepts: RegExp,
    what: string,
    isGood: (entry: string) => boolean = () => true,
  ): readonly string[] => {
    const found = check.strings(egress, key, `egress.${key}`, accepts, what) ?? [];
    for (const [i, entry] of found.entries()) if (!isGood(entry)) check.fault(`egress.${key}[${i}]`, `must be ${what}`);
    if (found.length > ENTRIES_MAX) check.fault(`egress.${key}`, `must have at most ${ENTRIES_MAX} entries`);
    return found;
  };
  const hosts = 'a host such as prometheus.example.com, with :PORT unless 443, or *.example.com';
  return {
    hosts: list('hosts', HTTPS_HOST, hosts, isHost).map(withoutDefaultPort),
    http: list('http', HTTP_HOST, 'a host and its port, such as prometheus.internal:9090', isHost),
    private: list('private', NETWORK, 'a network such as 10.20.0.0/16', isNetwork),
    workspaces: list('workspaces', WORKSPACE, 'a region and a workspace, such as eu-central-1/ws-0123'),
    cloudwatch: list('cloudwatch', METRIC_NAMESPACE, 'a namespace of CloudWatch metrics, or *'),
    regions: list('regions', REGION, 'an AWS region such as eu-central-1'),
    alarms: list('alarms', ALARM, 'the name of an alarm, perhaps with * at its end'),
  };
}

/** A name of DNS labels, or an IPv4 address as URLs write it; below a `*.` at least two, and no port. */
function isHost(entry: string): boolean {
  const [name = '', port] = entry.replace(/^\*\./, '').split(':');
  const labels = name.split('.');
  if (entry.startsWith('*.') && (labels.length < 2 || port !== undefined)) return false;
  return Number(port ?? 443) <= 65_535 && labels.every((label) => DNS_LABEL.test(label));
}

/** As a URL writes it. */
function withoutDefaultPort(host: string): string {
  return host.replace(/:443$/, '');
}

function isNetwork(network: string): boolean {
  const [address = '', prefix = ''] = network.split('/');
  const longest = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
  return Number(prefix) <= longest;
}
