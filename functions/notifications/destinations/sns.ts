import { hash } from 'node:crypto';
import { awsCall } from '../../canary/providers/aws-call.ts';
import type { NotificationTarget } from '../../cluster-record/notifications.ts';
import { sentenceOf } from '../notice.ts';
import { cloudEventOf } from './cloud-event.ts';
import { checkStatus, type SendNotice } from './destination.ts';

/** A subject is ASCII without control characters (API reference, Publish). */
const SUBJECT_CHARACTERS_MAX = 99;

/** Publishes a notice as a CloudEvent, with attributes for filter policies of subscriptions. */
export const sendSns: SendNotice<Extract<NotificationTarget, { kind: 'sns' }>> = async (
  { topicArn },
  notice,
  { aws },
  signal,
) => {
  const { id, type, cluster, namespace, name } = notice;
  const form = new URLSearchParams({
    Action: 'Publish',
    Version: '2010-03-31',
    TopicArn: topicArn,
    Subject: sentenceOf(notice)
      .replaceAll(/[^\x20-\x7e]/g, '?')
      .slice(0, SUBJECT_CHARACTERS_MAX),
    Message: JSON.stringify(cloudEventOf(notice)),
  });
  for (const [i, [key, value]] of Object.entries({ type, cluster, namespace, name }).entries()) {
    const entry = `MessageAttributes.entry.${i + 1}`;
    form.set(`${entry}.Name`, key);
    form.set(`${entry}.Value.DataType`, 'String');
    form.set(`${entry}.Value.StringValue`, value);
  }
  if (topicArn.endsWith('.fifo')) {
    // What is sent twice within five minutes arrives once, and one canary's notices in their order.
    form.set('MessageGroupId', hash('sha256', JSON.stringify([cluster, namespace, name]), 'hex'));
    form.set('MessageDeduplicationId', id);
  }
  const call = {
    service: 'sns',
    host: 'sns',
    region: topicArn.split(':')[3] ?? '',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: form.toString(),
  };
  const { status } = await awsCall(call, aws, signal);
  checkStatus(status);
};
