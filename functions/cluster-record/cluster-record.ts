import { Check, DNS_LABEL, own } from '../json/check.ts';
import { isRecord, type Parsed } from '../json/faults.ts';
import { deepFreeze } from '../json/freeze.ts';
import { type LabelSelector, parseSelector } from '../kubernetes/selector.ts';
import { type DiscoveryEndpoint, parseDiscoveryEndpoint } from '../template/discovery-endpoint.ts';
import { parseAdmissionAdds, type RecordAdmissionAdds } from './admission-adds.ts';
import { parseEgress, type RecordEgress } from './egress.ts';
import { type NextChannel, parseChannel, parseNextChannel } from './next-channel.ts';
import { type Notification, parseNotifications } from './notifications.ts';
import { type EnforcedLevels, parseEnforcedLevels } from './pod-security-levels.ts';
import { parseIssuer, type TokenIssuer } from './token-issuer.ts';

/** The channel that is served when a record names none. */
export const CHANNEL_DEFAULT = 'stable';
const AUDIENCE = /^[\x21-\x7e]{1,253}$/;
const DOMAIN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** The settings of one Kubernetes cluster: which Pods are injected by default, from which channel. */
export interface ClusterRecord extends TokenIssuer {
  /** `enabled`: every Pod that arrives gets the default templates unless it opts out; `disabled`: only those that ask. */
  readonly policy: 'enabled' | 'disabled';
  readonly defaultTemplates: readonly string[];
  /** Pods that match one of these are skipped, unless they ask by `inject: "true"` or by template name. */
  readonly neverSelectors: readonly LabelSelector[];
  /** Pods that match one of these get the default templates under `policy: disabled` too. */
  readonly alwaysSelectors: readonly LabelSelector[];
  readonly channel: string;
  /** A roll-out in progress: the channel that a share of the workloads gets, or is tried with, ahead of the others. */
  readonly next?: NextChannel;
  /** Path tokens of an earlier epoch are refused. */
  readonly minEpoch: number;
  /** The epoch of the path token in the URL that is registered; absent: the lowest that is accepted. */
  readonly epoch?: number;
  /** The audience of the ServiceAccount tokens that proxies show to `discovery`; `outrigger/{fleet}` by convention. */
  readonly audience?: string;
  /** The DNS domain of the Kubernetes cluster's Services. */
  readonly clusterDomain: string;
  /** Whether init containers may have `restartPolicy: Always` (Kubernetes 1.29 and newer). */
  readonly nativeSidecars: boolean;
  readonly discovery?: DiscoveryEndpoint;
  /** What Pod Security enforces, to warn of it. */
  readonly podSecurity?: EnforcedLevels;
  /** What other webhooks add to containers, so that it makes none of ours a stranger's. */
  readonly admissionAdds?: RecordAdmissionAdds;
  /** What metrics of canaries may ask; absent: nothing. */
  readonly egress?: RecordEgress;
  /** Whom releases notify, and of what; absent: none. */
  readonly notifications?: readonly Notification[];
}

/**
 * Parses a cluster record; absent fields get their defaults. Fields that this version does not know are ignored: the
 * record is written by `register`, perhaps a newer one, and read by functions of every age during a deployment.
 */
export function parseClusterRecord(document: unknown): Parsed<ClusterRecord> {
  const check = new Check();
  if (!isRecord(document))
    return { valid: false, faults: [{ path: '', message: 'a cluster record must be an object' }] };
  const selectors = (key: string): readonly LabelSelector[] => {
    const value = own(document, key) ?? [];
    if (Array.isArray(value)) return value.map((s: unknown, i) => parseSelector(check, s, `${key}[${i}]`));
    check.fault(key, 'must be a list');
    return [];
  };
  const channel = parseChannel(check, document, 'channel', 'channel', CHANNEL_DEFAULT);
  const next = parseNextChannel(check, document);
  const audience = own(document, 'audience') === undefined ? undefined : check.string(document, 'audience', 'audience');
  if (audience !== undefined && !AUDIENCE.test(audience))
    check.fault('audience', 'must be 1 to 253 printable characters');
  const clusterDomain = check.string(document, 'clusterDomain', 'clusterDomain', 'cluster.local');
  if (!DOMAIN.test(clusterDomain)) check.fault('clusterDomain', 'must be a DNS domain');
  const epochs = { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 };
  const discovery = parseDiscoveryEndpoint(check, document);
  const podSecurity = parseEnforcedLevels(check, document);
  const admissionAdds = parseAdmissionAdds(check, document);
  const egress = parseEgress(check, document);
  const notifications = parseNotifications(check, document);
  const record: ClusterRecord = {
    policy: check.oneOf(document, 'policy', 'policy', ['enabled', 'disabled'], 'enabled'),
    defaultTemplates:
      check.strings(document, 'defaultTemplates', 'defaultTemplates', DNS_LABEL, 'a template name') ?? [],
    neverSelectors: selectors('neverSelectors'),
    alwaysSelectors: selectors('alwaysSelectors'),
    channel,
    ...(next === undefined ? {} : { next }),
    minEpoch: check.integer(document, 'minEpoch', 'minEpoch', epochs),
    ...(own(document, 'epoch') === undefined ? {} : { epoch: check.integer(document, 'epoch', 'epoch', epochs) }),
    ...(audience === undefined ? {} : { audience }),
    clusterDomain,
    nativeSidecars: check.boolean(document, 'nativeSidecars', 'nativeSidecars', true),
    ...(podSecurity === undefined ? {} : { podSecurity }),
    ...(discovery === undefined ? {} : { discovery }),
    ...(admissionAdds === undefined ? {} : { admissionAdds }),
    ...(egress === undefined ? {} : { egress }),
    ...(notifications === undefined ? {} : { notifications }),
    ...parseIssuer(check, document),
  };
  return check.faults.length > 0 ? { valid: false, faults: check.faults } : { valid: true, value: deepFreeze(record) };
}

/** A cluster record and the Kubernetes cluster that it is of. */
export interface NamedRecord {
  readonly cluster: string;
  readonly record: ClusterRecord;
}
