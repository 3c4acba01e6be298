import type { Canary } from '../../canary/canary.ts';
import { iso } from '../../canary/stage-targets.ts';
import type { CanaryKey } from '../../canary/store.ts';
import type { HttpResult } from '../../http/result.ts';
import type { Outcome } from '../../releases/outcome.ts';
import type { ReleaseRefusal } from '../../releases/refusal.ts';
import { ApiError, invalid, modified, notFound, subject } from './api-error.ts';
import { answer, answerText } from './response.ts';
import { shownCanary } from './shown-canary.ts';

/** The response to the caller, from a canary. */
export type Show = (canary: Canary, isNew: boolean) => HttpResult;

/** The canary itself: 201 where it is new. */
export const showCanary: Show = (canary, isNew) =>
  answer(isNew ? 201 : 200, shownCanary(canary), canary.metadata.resourceVersion);

/** The response to what a use case has done; a repeated call gets the one that was kept. Throws ApiError for a refusal. */
export function responseTo(outcome: Outcome, key: CanaryKey, show: Show): HttpResult {
  if (outcome.outcome === 'refused') throw refusalError(outcome.refusal, key);
  if (outcome.outcome !== 'replayed') return show(outcome.canary, outcome.isNew);
  const { statusCode, body } = outcome.answer;
  const result = answerText(statusCode, body, versionIn(body));
  return { ...result, headers: { ...result.headers, 'idempotency-replayed': 'true' } };
}

/** The canary that a request has made, would have made, or was about to make when it lost against itself. */
export function createdBy(outcome: Outcome): Canary | undefined {
  if (outcome.outcome === 'refused') return undefined;
  const made = outcome.outcome === 'replayed' ? outcome.lost : outcome;
  return made?.isNew === true ? made.canary : undefined;
}

/** Each refusal of a use case in Kubernetes' words. */
function refusalError(refusal: ReleaseRefusal, key: CanaryKey): ApiError {
  const { name } = key;
  switch (refusal.reason) {
    case 'NotFound':
      return notFound(name);
    case 'AlreadyExists':
      return new ApiError('AlreadyExists', `${subject(name)} already exists`, { name });
    case 'BeingDeleted': {
      const message = `object is being deleted: ${subject(name)} already exists${whenAllowed(refusal)}`;
      return new ApiError('AlreadyExists', message, { name });
    }
    case 'Misnamed': {
      const { field, named } = refusal;
      return new ApiError(
        'BadRequest',
        `the ${field} of the object (${named}) is not the one in the URL (${key[field]})`,
      );
    }
    case 'Unexpected':
      return new ApiError(
        'PreconditionFailed',
        `the condition on ${subject(name)} does not hold: ${refusal.sentence}`,
        { name },
      );
    case 'Modified':
      return modified(name);
    case 'Invalid':
      return invalid(name, refusal.faults ?? []);
    case 'Claimed':
      return new ApiError('Conflict', refusal.sentence, { name, faults: refusal.faults });
    case 'NoCanaryHosts':
    case 'NoStableHosts':
    case 'CanaryTooSmall':
    case 'CanaryPodsNotReady':
    case 'WorkloadUnreadable':
    case 'WorkloadUnwritable': {
      const why = `${refusal.sentence} (${refusal.reason}); ?force=true&reason=… sets it all the same`;
      return conflict(name, refusal, why);
    }
    case 'Frozen':
      return frozen(name, refusal);
    case 'NoCountedCallers':
      return conflict(
        name,
        refusal,
        `${refusal.sentence} (${refusal.reason}); ?force=true&reason=… starts it all the same`,
      );
    case 'OtherRequest':
      return new ApiError('Invalid', 'this Idempotency-Key was used for another request; take a new one');
    default:
      return conflict(name, refusal, `${refusal.sentence}${whenAllowed(refusal)}`);
  }
}

/** What stands there may not become that: the code, for machines, is a cause. */
function conflict(name: string, { reason, sentence }: ReleaseRefusal, why: string): ApiError {
  const message = `${subject(name)} cannot be changed like this: ${why}`;
  return new ApiError('Conflict', message, { name, because: { reason, message: sentence } });
}

/** A freeze is in force: a reason of its own, so that no client takes it for a race that it may repeat. */
function frozen(name: string, { reason, sentence }: ReleaseRefusal): ApiError {
  const how = '?force=true&reason=… does it all the same';
  const message = `${subject(name)} cannot be changed like this: ${sentence} (Frozen); ${how}`;
  return new ApiError('Frozen', message, { name, because: { reason, message: sentence } });
}

/** From when on what was refused may be done, where the clock decides. */
function whenAllowed({ until }: { readonly until?: number }): string {
  return until === undefined ? '' : `; from ${iso(until)} on it may`;
}

function versionIn(body: string): string | undefined {
  const { metadata }: { metadata?: { resourceVersion?: string } } = JSON.parse(body);
  return metadata?.resourceVersion;
}
