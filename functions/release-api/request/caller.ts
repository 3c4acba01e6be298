import type { HttpRequest } from '../../http/http-request.ts';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { ApiError } from '../response/api-error.ts';

/** An ARN is at most 2,048 characters; one with a line break is none. */
const WHO = /^[\x21-\x7e]{1,2048}$/;

/**
 * Who calls, as the IAM authorizer of an HTTP API or a Function URL tells (docs.aws.amazon.com,
 * http-api-develop-integrations-lambda: `requestContext.authorizer.iam.userArn`), or that of a REST API
 * (`requestContext.identity.userArn`, null where a method wants no signature). Without an identity: ApiError 403. No
 * header and no path is looked at, so that neither a webhook's token nor a proxy's opens this entry point.
 */
export function readCaller(event: unknown): string {
  const context = fieldOf(event, 'requestContext');
  const iam = fieldOf(fieldOf(context, 'authorizer'), 'iam') ?? fieldOf(context, 'identity');
  const who = fieldOf(iam, 'userArn');
  if (typeof who === 'string' && WHO.test(who)) return who;
  throw new ApiError('Forbidden', 'the release API takes requests that are signed with AWS credentials (SigV4)');
}

/**
 * Refuses a request in the name of another (`kubectl --as`): nothing here reads whom, so that it would be done as the caller.
 * client-go sends none of the other headers without one of these. Throws ApiError 403.
 */
export function refuseImpersonation(request: HttpRequest): void {
  if (['user', 'group', 'uid'].every((what) => request.header(`impersonate-${what}`) === undefined)) return;
  throw new ApiError('Forbidden', 'impersonation is not supported: take the credentials of the one who is meant');
}

function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) ? own(value, name) : undefined;
}
