import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { RecordDocument } from '../record/record-store.ts';
import type { ResourceRequest } from './resource-request.ts';

type Claimant = Pick<ResourceRequest, 'stackId' | 'logicalResourceId' | 'requestId'>;

/**
 * The field of a cluster record that names the resource and the stack that register the cluster: `{stack, resource,
 * request, isClosed}`. Functions that serve do not read it.
 */
const CLAIM = 'registeredBy';

/** The record with a claim of this request. */
export function withClaim(record: RecordDocument | undefined, request: Claimant): RecordDocument {
  return { ...record, [CLAIM]: claimOf(request, false) };
}

/** The record with the claim closed: a registration that is still running finds it so at its end. */
export function withoutClaim(record: RecordDocument | undefined, request: Claimant): RecordDocument {
  const claim = record === undefined ? undefined : own(record, CLAIM);
  const made = isRecord(claim) ? claim : claimOf(request, true);
  return { ...record, [CLAIM]: { ...made, isClosed: true } };
}

/** Whether another resource registers the cluster now: one that was replaced is deleted after the new one was made. */
export function isOfAnother(record: RecordDocument | undefined, request: Claimant): boolean {
  const claim = record === undefined ? undefined : own(record, CLAIM);
  if (!isRecord(claim) || claim['isClosed'] === true) return false;
  return claim['stack'] !== request.stackId || claim['resource'] !== request.logicalResourceId;
}

/** Whether the claim of this very request was closed: by a Delete meanwhile, or before a delivery that came late. */
export function isClosed(record: RecordDocument | undefined, request: Claimant): boolean {
  const claim = record === undefined ? undefined : own(record, CLAIM);
  return isRecord(claim) && claim['isClosed'] === true && claim['request'] === request.requestId;
}

function claimOf({ stackId, logicalResourceId, requestId }: Claimant, isClosed: boolean): Record<string, unknown> {
  return { stack: stackId, resource: logicalResourceId, request: requestId, isClosed };
}
