import { createLog, type Log } from '../../functions/log.ts';
import type { SeenRequest, TlsServer } from './tls-server.ts';

/** A request of CloudFormation, as Lambda gets it. */
export function resourceEvent(
  type: 'Create' | 'Update' | 'Delete',
  url: string,
  more: object = {},
): Record<string, unknown> {
  return {
    RequestType: type,
    ResponseURL: `${url}/answer?X-Amz-Signature=presigned`,
    StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/outrigger/1',
    RequestId: `request-${type}`,
    ResourceType: 'Custom::Thing',
    LogicalResourceId: 'Thing',
    ServiceToken: 'arn:aws:lambda:eu-central-1:123456789012:function:register',
    ResourceProperties: { ServiceToken: 'x', Name: 'a' },
    ...(type === 'Create' ? {} : { PhysicalResourceId: 'outrigger-thing-a' }),
    ...more,
  };
}

/** What CloudFormation was told, one answer each. */
export function answersIn({ seen }: TlsServer): Record<string, unknown>[] {
  return seen.map(({ body }: SeenRequest) => JSON.parse(body));
}

/** A log whose lines are kept. */
export function keptLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  return { log: createLog((line) => lines.push(line), Date.now), lines };
}
