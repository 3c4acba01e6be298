import { EKS_CLUSTER_NAME } from '../../../functions/cluster-name.ts';
import { DNS_LABEL } from '../../../functions/json/check.ts';
import { type Fault, isRecord, type Parsed } from '../../../functions/json/faults.ts';
import { logicalName } from './cloudformation.ts';
import { CONCURRENCIES, readConcurrency, readShare } from './concurrency.ts';
import { SettingsReader } from './settings-reader.ts';

/** The network profiles: each is a file of `infra/deploy/profiles`. */
const PROFILES = ['public', 'rest', 'private'] as const;

/** Whose proxies poll a Function URL: those of clusters that have no host yet, all, none (and there is none). */
const DISCOVERY_URLS = ['new', 'true', 'false'] as const;

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
  /** ARNs of the SNS topics and event buses that `advance` may send to. */
  readonly notificationTargets: readonly string[];
  /** After so many hours without one review an alarm is raised; 0: never. */
  readonly heartbeatHours: number;
  /** One more asks for a new pair of signing keys. */
  readonly keyGeneration: number;
  /** What is reserved for each function by its name; 0: nothing. */
  readonly concurrency: Readonly<Record<string, number>>;
  /** Whose proxies poll a Function URL; where nothing is said, none with the profiles that keep strangers out. */
  readonly discoveryUrl: (typeof DISCOVERY_URLS)[number];
  /** Whether the stack sets the role that API Gateway writes access logs with, for the account and region. */
  readonly apiGatewayAccount: boolean;
}

const FLEET = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$/;
const CIDR = /^[0-9]{1,3}(\.[0-9]{1,3}){3}\/[0-9]{1,2}$/;
const ENDPOINT = /^vpce-[0-9a-f]{8,17}$/;
/** As functions/registration/custom-resource/keys-resource.ts takes it. */
const KEY_GENERATION_MAX = 999_999;
/**
 * Each cluster adds a policy to two roles, and IAM takes 10,240 characters of a role's policies together
 * (test/infra/roles.test.ts); and its registration may run at the same time as all others.
 */
export const CLUSTERS_MAX = 30;
/** Namespaces, templates: as functions/registration/custom-resource/resource-properties.ts takes them. */
const LIST_MAX = 100;
/** A topic or a bus. */
const TARGET =
  /^arn:aws[a-z-]*:(?:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?|events:[a-z0-9-]+:[0-9]{12}:event-bus\/[A-Za-z0-9/._-]{1,256})$/;
/** A managed policy has 6,144 characters, and an ARN some 320. */
const TARGETS_MAX = 16;
/** Far less than what a resource policy of API Gateway may hold (8,192 bytes). */
const CALLERS_MAX = 100;
/** CloudWatch looks back a day at most. */
const HEARTBEAT_HOURS_MAX = 24;
/** A stage of this name stands beside the main one in REST profiles, for proxies (infra/deploy/profiles/rest-common.yml). */
const PROXIES_STAGE = 'v3';

/**
 * Reads `custom.outrigger` of serverless.yml. Every fault says which parameter it is and what it may be; values may be
 * texts, as `--param` and the environment hand them over.
 */
export function readSettings(values: unknown): Parsed<Settings> {
  const faults: Fault[] = [];
  const read = new SettingsReader(isRecord(values) ? values : {}, faults);
  const clusters = read.list(
    'clusters',
    EKS_CLUSTER_NAME,
    CLUSTERS_MAX,
    'names of EKS clusters of this account and region',
  );
  const value: Settings = {
    profile: read.oneOf('profile', PROFILES),
    fleet: read.text('fleet', FLEET, 'letters, digits, - and _, at most 63'),
    clusters,
    failurePolicy: read.oneOf('failurePolicy', ['Ignore', 'Fail']),
    reinvocationPolicy: read.oneOf('reinvocationPolicy', ['Never', 'IfNeeded']),
    companionPolicy: read.oneOf('companionPolicy', ['Warn', 'Deny', 'None']),
    namespaces: read.list('namespaces', DNS_LABEL, LIST_MAX, 'names of namespaces'),
    defaultTemplates: read.list('defaultTemplates', DNS_LABEL, LIST_MAX, 'names of templates'),
    revision: read.text('revision', /^[\x20-\x7e]{0,100}$/, 'any text of at most 100 characters'),
    alarmTopic: read.text('alarmTopic', new RegExp(`^$|${TOPIC.source}`), 'the ARN of an SNS topic, or nothing'),
    notificationTargets: read.list('notificationTargets', TARGET, TARGETS_MAX, 'ARNs of SNS topics and event buses'),
    heartbeatHours: read.whole('heartbeatHours', 0, HEARTBEAT_HOURS_MAX),
    keyGeneration: read.whole('keyGeneration', 1, KEY_GENERATION_MAX),
    concurrency: readConcurrency(read, clusters.length),
    discoveryUrl: read.oneOf('discoveryUrl', DISCOVERY_URLS),
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
  const sources = read.list('sourceIps', CIDR, CALLERS_MAX, 'IPv4 ranges such as 203.0.113.7/32');
  const endpoints = read.list('vpcEndpoints', ENDPOINT, CALLERS_MAX, 'ids of VPC endpoints for execute-api, vpce-…');
  if (value.profile === 'rest' && sources.length === 0) {
    read.fault('sourceIps', 'is needed by profile rest: the addresses that API servers, proxies and people call from');
  }
  if (value.profile === 'private' && endpoints.length === 0) {
    read.fault('vpcEndpoints', 'is needed by profile private: through which VPC endpoints the API is reached');
  }
  if (value.profile === 'private' && value.discoveryUrl === 'true') {
    read.fault('discoveryUrl', 'cannot be true with profile private, because a Function URL is reached by everybody');
  }
  if (faults.length > 0) return { valid: false, faults };
  const isOpen = value.profile === 'public' || value.discoveryUrl !== 'new';
  return { valid: true, value: isOpen ? value : { ...value, discoveryUrl: 'false' } };
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
    const read = new SettingsReader({ [name]: value }, faults);
    if (!known.includes(name)) read.fault(name, `is not known; known are ${known.join(', ')}`);
    else if (CONCURRENCIES.includes(name)) readShare(read, name);
  }
  return faults;
}
