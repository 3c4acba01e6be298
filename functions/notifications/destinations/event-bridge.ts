import { awsCall } from '../../canary/providers/aws-call.ts';
import type { NotificationTarget } from '../../cluster-record/notifications.ts';
import { isRecord } from '../../json/faults.ts';
import { parseJson } from '../../json/parse-json.ts';
import { dataOf } from './cloud-event.ts';
import { checkStatus, SendError, type SendNotice } from './destination.ts';

/** Puts a notice on an event bus: source `outrigger`, detail type `Canary …`, the id in its detail. */
export const sendEventBridge: SendNotice<Extract<NotificationTarget, { kind: 'eventBridge' }>> = async (
  { busArn },
  notice,
  { aws },
  signal,
) => {
  const { id, type, time } = notice;
  const entry = {
    Source: 'outrigger',
    DetailType: `Canary ${type}`,
    Detail: JSON.stringify({ id, time, ...dataOf(notice) }),
    EventBusName: busArn,
    Time: Math.floor(Date.parse(time) / 1_000),
  };
  const call = {
    service: 'events',
    host: 'events',
    region: busArn.split(':')[3] ?? '',
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' },
    body: JSON.stringify({ Entries: [entry] }),
  };
  const { status, text } = await awsCall(call, aws, signal);
  checkStatus(status);
  // The call succeeds where the entry does not.
  if (failedEntries(text) !== 0) throw new SendError('Unwell', status);
};

function failedEntries(text: string): unknown {
  try {
    const response = parseJson(text);
    return isRecord(response) ? response['FailedEntryCount'] : undefined;
  } catch {
    return undefined;
  }
}
