import type { AuditEntry } from '../canary/audit-entry.ts';
import type { ReleaseVerb } from '../canary/canary.ts';
import type { NoticeType } from '../cluster-record/notifications.ts';

export type { NoticeType } from '../cluster-record/notifications.ts';

/** Verdicts that convict (`Why` of functions/canary/verdict/verdict.ts); any other abort is for want of something, or by a person. */
const CONVICTIONS: ReadonlySet<string> = new Set(['errors', 'latency', 'bake']);

/** What each verb is to those who are notified; a function where that depends on what it left. */
const TYPES: Readonly<Record<ReleaseVerb, NoticeType | ((entry: Found) => NoticeType)>> = {
  create: 'created',
  update: 'updated',
  delete: 'deleted',
  setWeights: 'weightSet',
  start: 'started',
  retry: 'started',
  abort: ({ verdict = '' }) => (CONVICTIONS.has(verdict) ? 'convicted' : 'aborted'),
  pause: 'paused',
  resume: 'resumed',
  skip: stepTypeOf,
  undo: 'undone',
  promote: (entry) => (entry.release === undefined ? 'promoted' : stepTypeOf(entry)),
  step: stepTypeOf,
};

type Found = Pick<AuditEntry, 'verb' | 'verdict' | 'release'>;

/** What an entry of the history is to those who are notified. One of a newer version, whose verb is not known, is an update. */
export function noticeTypeOf(entry: Found): NoticeType {
  const type = Object.hasOwn(TYPES, entry.verb) ? TYPES[entry.verb] : 'updated';
  return typeof type === 'function' ? type(entry) : type;
}

/** By where the change leaves the release. */
function stepTypeOf({ release, verdict = '' }: Found): NoticeType {
  if (release?.state === 'Promoted') return 'promoted';
  // The first weight on the way back.
  if (release?.state === 'RollingBack' && CONVICTIONS.has(verdict)) return 'convicted';
  if (release?.waitsForPerson === true) return 'waiting';
  return release?.state === 'Paused' && verdict === 'WeightSetByHand' ? 'paused' : 'step';
}
