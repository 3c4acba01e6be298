import { isRecord } from '../faults.ts';
import { own } from '../template/check.ts';
import { ApiError } from './api-error.ts';

/** An ARN is at most 2,048 characters; one with a line break is none. */
const WHO = /^[\x21-\x7e]{1,2048}$/;

/**
 * Who calls, as the IAM authorizer of an HTTP API or a Function URL tells (docs.aws.amazon.com,
 * http-api-develop-integrations-lambda: `requestContext.authorizer.iam.userArn`). Without an identity: ApiError 403. No
 * header and no path is looked at, so that neither a webhook's token nor a proxy's opens this door.
 */
export function readCaller(event: unknown): string {
  const context = isRecord(event) ? own(event, 'requestContext') : undefined;
  const authorizer = isRecord(context) ? own(context, 'authorizer') : undefined;
  const iam = isRecord(authorizer) ? own(authorizer, 'iam') : undefined;
  const who = isRecord(iam) ? own(iam, 'userArn') : undefined;
  if (typeof who === 'string' && WHO.test(who)) return who;
  throw new ApiError('Forbidden', 'the release API takes requests that are signed with AWS credentials (SigV4)');
}
