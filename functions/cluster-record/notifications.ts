import { type Check, DNS_LABEL, own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import type { Json } from '../json/json.ts';
import { urlFault } from '../json/url-fault.ts';

/** What can be notified of, in the words of `events`; docs/notifications.md says when each is. */
export const NOTICE_TYPES = [
  ...(['created', 'updated', 'deleted', 'weightSet', 'started', 'step', 'waiting', 'paused', 'resumed'] as const),
  ...(['convicted', 'aborted', 'undone', 'promoted'] as const),
] as const;

/** One of them. */
export type NoticeType = (typeof NOTICE_TYPES)[number];

/** Where notifications go; `secretRef` names a secret of the Kubernetes cluster. */
export type NotificationTarget =
  /** The secret is the URL of an incoming webhook, of Slack or of what takes Slack's. */
  | { readonly kind: 'slack'; readonly secretRef: string }
  /** The secret, if there is one, is the header `Authorization`. */
  | { readonly kind: 'webhook'; readonly url: string; readonly secretRef?: string }
  | { readonly kind: 'sns'; readonly topicArn: string }
  | { readonly kind: 'eventBridge'; readonly busArn: string };

/** One entry of `notifications` of a cluster record. */
export interface Notification {
  /** Unique in the record. */
  readonly name: string;
  /** Not `on`, which is `true` in YAML 1.1. */
  readonly events: readonly NoticeType[];
  /** Patterns of namespaces, in which `*` stands for any characters. */
  readonly namespaces: readonly string[];
  readonly to: NotificationTarget;
}

/** Entries: each may wait for its far end once in five seconds. */
const NOTIFICATIONS_MAX = 16;
const LIST_MAX = 64;
const KINDS = ['slack', 'webhook', 'sns', 'eventBridge'] as const;
const FIELDS = ['name', 'events', 'namespaces', ...KINDS];
/** Region and account are looked at: the host that is called is made of the region. */
const TOPIC = /^arn:aws[a-z-]{0,16}:sns:[a-z]{2,5}-[a-z0-9-]{1,30}-\d{1,2}:\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/;
const BUS = /^arn:aws[a-z-]{0,16}:events:[a-z]{2,5}-[a-z0-9-]{1,30}-\d{1,2}:\d{12}:event-bus\/[A-Za-z0-9/._-]{1,256}$/;

/** Reads `notifications` of a cluster record; undefined when absent: then nothing is notified of. */
export function parseNotifications(check: Check, record: Json): readonly Notification[] | undefined {
  const list = own(record, 'notifications');
  if (list === undefined) return undefined;
  if (!Array.isArray(list) || list.length > NOTIFICATIONS_MAX) {
    check.fault('notifications', `must be a list of at most ${NOTIFICATIONS_MAX} entries`);
    return [];
  }
  const read = list.flatMap((entry: unknown, i) => parseOne(check, entry, `notifications[${i}]`) ?? []);
  for (const [i, { name }] of read.entries()) {
    const isTwice = read.findIndex((other) => other.name === name) < i;
    if (isTwice) check.fault('notifications', `has two entries of the name ${name}`);
  }
  return read;
}

function parseOne(check: Check, entry: unknown, path: string): Notification | undefined {
  if (!isRecord(entry)) {
    check.fault(path, 'must be an object');
    return undefined;
  }
  check.onlyKeys(entry, path, FIELDS);
  const name = check.string(entry, 'name', `${path}.name`);
  if (!DNS_LABEL.test(name)) check.fault(`${path}.name`, 'must be a DNS label');
  const events = check.strings(entry, 'events', `${path}.events`, /^/, 'a text')?.flatMap((word, i) => {
    const known = NOTICE_TYPES.find((type) => type === word);
    if (known === undefined) check.fault(`${path}.events[${i}]`, `must be one of ${NOTICE_TYPES.join(', ')}`);
    return known ?? [];
  });
  const namespaces = check.namespacePatterns(entry, 'namespaces', `${path}.namespaces`) ?? ['*'];
  for (const [key, found] of Object.entries({ events, namespaces })) {
    const isSized = found === undefined || (found.length > 0 && found.length <= LIST_MAX);
    if (!isSized) check.fault(`${path}.${key}`, `must have 1 to ${LIST_MAX} entries`);
  }
  const to = parseTarget(check, entry, path);
  return to === undefined ? undefined : { name, events: events ?? NOTICE_TYPES, namespaces, to };
}

function parseTarget(check: Check, entry: Json, path: string): NotificationTarget | undefined {
  const [kind, ...more] = KINDS.filter((one) => own(entry, one) !== undefined);
  if (kind === undefined || more.length > 0) {
    check.fault(path, `must have exactly one of ${KINDS.join(', ')}`);
    return undefined;
  }
  const at = `${path}.${kind}`;
  switch (kind) {
    case 'slack': {
      const slack = check.object(entry, kind, at, ['secretRef']) ?? {};
      return { kind, secretRef: secretIn(check, slack, at) };
    }
    case 'webhook': {
      const webhook = check.object(entry, kind, at, ['url', 'secretRef']) ?? {};
      const url = check.string(webhook, 'url', `${at}.url`);
      const fault = url === '' ? undefined : urlFault(url);
      if (fault !== undefined) check.fault(`${at}.url`, fault);
      if (own(webhook, 'secretRef') === undefined) return { kind, url };
      return { kind, url, secretRef: secretIn(check, webhook, at) };
    }
    case 'sns':
      return { kind, topicArn: arnIn(check, check.object(entry, kind, at, ['topicArn']), `${at}.topicArn`, TOPIC) };
    case 'eventBridge':
      return { kind, busArn: arnIn(check, check.object(entry, kind, at, ['busArn']), `${at}.busArn`, BUS) };
  }
}

function secretIn(check: Check, owner: Json, path: string): string {
  const name = check.string(owner, 'secretRef', `${path}.secretRef`);
  if (!DNS_LABEL.test(name)) check.fault(`${path}.secretRef`, 'must be a DNS label, the name of a secret');
  return name;
}

function arnIn(check: Check, owner: Json | undefined, path: string, pattern: RegExp): string {
  const arn = check.string(owner ?? {}, path.slice(path.lastIndexOf('.') + 1), path);
  if (!pattern.test(arn)) check.fault(path, 'must be the ARN of a topic or of an event bus');
  return arn;
}
