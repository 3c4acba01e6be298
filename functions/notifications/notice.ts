import { hash } from 'node:crypto';
import type { AuditEntry } from '../canary/audit-entry.ts';
import type { CanaryKey } from '../canary/store.ts';
import type { Notification } from '../cluster-record/notifications.ts';
import { matchesPattern } from '../injection/decide/namespace-pattern.ts';
import { printable } from '../json/faults.ts';
import { type NoticeType, noticeTypeOf } from './notice-type.ts';

/** One change of a canary as others are told of it: what its entry in the history has, bounded. */
export interface Notice extends CanaryKey {
  /** The same wherever and however often it is sent: a receiver that gets it twice can tell. */
  readonly id: string;
  readonly type: NoticeType;
  readonly time: string;
  readonly who: string;
  readonly verb: AuditEntry['verb'];
  readonly from?: AuditEntry['from'];
  readonly to?: AuditEntry['to'];
  readonly reason?: string;
  readonly verdict?: string;
  readonly release?: AuditEntry['release'];
  readonly resourceVersion: string;
}

/** Of a text that people wrote; what is longer is cut. */
const TEXT_CHARACTERS_MAX = 500;

/** The notice of an entry of a canary's history. */
export function noticeOf({ cluster, namespace, name }: CanaryKey, entry: AuditEntry): Notice {
  const { time, who, verb, from, to, reason, verdict, release, resourceVersion } = entry;
  const identity = JSON.stringify([cluster, namespace, name, resourceVersion, time]);
  return {
    id: hash('sha256', identity, 'hex').slice(0, 32),
    type: noticeTypeOf(entry),
    time,
    ...{ cluster, namespace, name },
    who: shortened(who),
    verb,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(reason === undefined ? {} : { reason: shortened(reason) }),
    ...(verdict === undefined ? {} : { verdict: shortened(verdict) }),
    ...(release === undefined ? {} : { release }),
    resourceVersion,
  };
}

/** Whether an entry of a cluster record asks for a notice. */
export function isWanted({ events, namespaces }: Notification, { type, namespace }: Notice): boolean {
  return events.includes(type) && namespaces.some((pattern) => matchesPattern(pattern, namespace));
}

/** What a notice says to people, in one line. */
export function sentenceOf({ cluster, namespace, name, type, who, from, to, reason }: Notice): string {
  const isMoved = from !== undefined && to !== undefined && from.canary !== to.canary;
  const weight = isMoved ? `, weight ${from.canary} -> ${to.canary}` : '';
  const why = reason === undefined ? '' : `: ${reason}`;
  return `canary ${namespace}/${name} in ${cluster}: ${type}${weight}, by ${who}${why}`;
}

function shortened(text: string): string {
  const line = printable(text);
  return line.length > TEXT_CHARACTERS_MAX ? `${line.slice(0, TEXT_CHARACTERS_MAX - 1)}…` : line;
}
