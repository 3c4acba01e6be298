import { type Fault, isRecord, type Parsed } from '../../functions/faults.ts';
import { DNS_LABEL } from '../../functions/template/check.ts';
import { logicalName } from './cloudformation.ts';

/** The network profiles: each is a file of `infra/profiles`. */
const PROFILES = ['public', 'rest', 'private'] as const;

/** What the parameters of serverless.yml say, read and checked. */
export interface Settings {
  readonly profile: (typeof PROFILES)[number];
  readonly fleet: string;
  /** The EKS clusters, in the stack's account and region, that are registered by the deployment. */
  readonly clusters: readonly string[];
  readonly failurePolicy: string;
  readonly reinvocationPolicy: string;
  readonly companionPolicy: string;
  /** Whose Pods are sent; empty: those of every namespace that opted in. */
  readonly namespaces: readonly string[];
  /** Empty: what the cluster record says. */
  readonly defaultTemplates: readonly string[];
  readonly revision: string;
  /** The ARN of an SNS topic, or empty. */
  readonly alarmTopic: string;
  /** After so many hours without one review an alarm is raised; 0: never. */
  readonly heartbeatHours: number;
  /** Whether proxies poll a Function URL. */
  readonly discoveryUrl: boolean;
  /** Whether the stack sets the role that API Gateway writes access logs with, for the account and region. */
  readonly apiGatewayAccount: boolean;
}

type Values = Readonly<Record<string, unknown>>;

const FLEET = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
/** EKS: CreateCluster, `name`. */
const CLUSTER = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$/;
const CIDR = /^[0-9]{1,3}(\.[0-9]{1,3}){3}\/[0-9]{1,2}$/;
const ENDPOINT = /^vpce-[0-9a-f]{8,17}$/;
/** Lambda: an account keeps at least this many concurrent executions unreserved, and has 1,000 by default. */
const CONCURRENCY_MAX = 900;
/** CloudWatch looks back a day at most. */
const HEARTBEAT_HOURS_MAX = 24;
/** A stage of this name stands beside the main one in REST profiles, for proxies (infra/profiles/rest-common.yml). */
const PROXIES_STAGE = 'v3';
const CONCURRENCIES = ['mutateConcurrency', 'canariesConcurrency', 'discoveryConcurrency', 'registerConcurrency'];

/**
 * Reads `custom.outrigger` of serverless.yml. Every fault says which parameter it is and what it may be; values may be
 * texts, as `--param` and the environment hand them over.
 */
export function readSettings(values: unknown): Parsed<Settings> {
  const faults: Fault[] = [];
  const read = new Reader(isRecord(values) ? values : {}, faults);
  const value: Settings = {
    profile: read.oneOf('profile', PROFILES),
    fleet: read.text('fleet', FLEET, 'letters, digits, - and _, at most 63'),
    clusters: read.list('clusters', CLUSTER, 'names of EKS clusters of this account and region'),
    failurePolicy: read.oneOf('failurePolicy', ['Ignore', 'Fail']),
    reinvocationPolicy: read.oneOf('reinvocationPolicy', ['Never', 'IfNeeded']),
    companionPolicy: read.oneOf('companionPolicy', ['Warn', 'Deny', 'None']),
    namespaces: read.list('namespaces', DNS_LABEL, 'names of namespaces'),
    defaultTemplates: read.list('defaultTemplates', DNS_LABEL, 'names of templates'),
    revision: read.text('revision', /^[\x20-\x7e]{0,100}$/, 'any text of at most 100 characters'),
    alarmTopic: read.text('alarmTopic', new RegExp(`^$|${TOPIC.source}`), 'the ARN of an SNS topic, or nothing'),
    heartbeatHours: read.whole('heartbeatHours', 0, HEARTBEAT_HOURS_MAX),
    discoveryUrl: read.flag('discoveryUrl'),
    apiGatewayAccount: read.flag('apiGatewayAccount'),
  };
  if (value.profile !== 'public' && read.text('stage', /./, 'a name') === PROXIES_STAGE) {
    read.fault('stage', `cannot be ${PROXIES_STAGE} with profile ${value.profile}, which has a stage of that name`);
  }
  const ids = value.clusters.map(logicalName);
  const alike = value.clusters.filter((_, at) => ids.indexOf(ids[at] ?? '') !== ids.lastIndexOf(ids[at] ?? ''));
  if (new Set(alike).size > 1) {
    read.fault(
      'clusters',
      `names ${alike.join(' and ')}, which CloudFormation cannot tell apart; register one by hand`,
    );
  }
  read.whole('keyGeneration', 1, 1_000_000);
  for (const name of CONCURRENCIES) read.whole(name, 1, CONCURRENCY_MAX);
  const sources = read.list('sourceIps', CIDR, 'IPv4 ranges such as 203.0.113.7/32');
  const endpoints = read.list('vpcEndpoints', ENDPOINT, 'ids of VPC endpoints for execute-api, vpce-…');
  if (value.profile === 'rest' && sources.length === 0) {
    read.fault('sourceIps', 'is needed by profile rest: the addresses that API servers, proxies and people call from');
  }
  if (value.profile === 'private' && endpoints.length === 0) {
    read.fault('vpcEndpoints', 'is needed by profile private: through which VPC endpoints the API is reached');
  }
  if (value.profile === 'private' && value.discoveryUrl) {
    read.fault('discoveryUrl', 'cannot be true with profile private, because a Function URL is reached by everybody');
  }
  return faults.length === 0 ? { valid: true, value } : { valid: false, faults };
}

/**
 * Reads what `--param` gave, before osls puts it anywhere: a name that is not known would be ignored without a word, and
 * a number that is none be reported as the configuration's fault.
 *
 * @param given `name=value` each
 * @param known the names of all parameters
 */
export function checkGiven(given: readonly string[], known: readonly string[]): readonly Fault[] {
  const faults: Fault[] = [];
  for (const item of given) {
    const at = item.indexOf('=');
    const [name, value] = at === -1 ? [item, ''] : [item.slice(0, at), item.slice(at + 1)];
    const read = new Reader({ [name]: value }, faults);
    if (!known.includes(name)) read.fault(name, `is not known; known are ${known.join(', ')}`);
    else if (CONCURRENCIES.includes(name)) read.whole(name, 1, CONCURRENCY_MAX);
  }
  return faults;
}

/** Reads parameters by name; a faulty one gives a harmless value, so that one pass finds every fault. */
class Reader {
  readonly #values: Values;
  readonly #faults: Fault[];

  constructor(values: Values, faults: Fault[]) {
    this.#values = values;
    this.#faults = faults;
  }

  fault(name: string, message: string): void {
    this.#faults.push({ path: `params.${name}`, message });
  }

  oneOf<T extends string>(name: string, allowed: readonly [T, ...T[]]): T {
    const text = this.#text(name);
    const found = allowed.find((value) => value === text);
    if (found === undefined) this.fault(name, `is ${JSON.stringify(text)}; it must be one of ${allowed.join(', ')}`);
    return found ?? allowed[0];
  }

  text(name: string, pattern: RegExp, what: string): string {
    const text = this.#text(name);
    if (!pattern.test(text)) this.fault(name, `is ${JSON.stringify(text)}; it must be ${what}`);
    return text;
  }

  list(name: string, pattern: RegExp, what: string): readonly string[] {
    const text = this.#text(name);
    const items = text === '' ? [] : text.split(',');
    const odd = items.filter((item) => !pattern.test(item));
    if (odd.length > 0) {
      const shown = odd.map((item) => JSON.stringify(item)).join(', ');
      this.fault(name, `holds ${shown}; it must be ${what}, with commas and no blanks between them`);
    }
    const twice = items.find((item, at) => items.indexOf(item) !== at);
    if (twice !== undefined) this.fault(name, `names ${JSON.stringify(twice)} twice; name it once`);
    return items;
  }

  whole(name: string, min: number, max: number): number {
    const text = this.#text(name);
    const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.fault(name, `is ${JSON.stringify(text)}; it must be a whole number from ${min} to ${max}`);
    return min;
  }

  flag(name: string): boolean {
    return this.oneOf(name, ['false', 'true']) === 'true';
  }

  #text(name: string): string {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    return value === undefined || value === null ? '' : String(value);
  }
}
