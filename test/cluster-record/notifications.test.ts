import { expect, test } from 'vitest';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { NOTICE_TYPES } from '../../functions/cluster-record/notifications.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:releases';
const BUS = 'arn:aws-us-gov:events:us-gov-west-1:123456789012:event-bus/releases';
const slack = { secretRef: 'oncall' };

test('whom to notify is kept, with what is left out said', () => {
  const parsed = parseClusterRecord({
    notifications: [
      { name: 'oncall', events: ['convicted', 'aborted'], namespaces: ['shop', 'team-*'], slack },
      { name: 'audit', webhook: { url: 'https://audit.example.com/releases', secretRef: 'audit' } },
      { name: 'open', webhook: { url: 'http://audit.internal:8080/releases' } },
      { name: 'topic', sns: { topicArn: `${TOPIC}.fifo` } },
      { name: 'bus', eventBridge: { busArn: BUS } },
    ],
  });
  const all = { events: NOTICE_TYPES, namespaces: ['*'] };
  expect(parsed).toMatchObject({
    valid: true,
    value: {
      notifications: [
        {
          name: 'oncall',
          events: ['convicted', 'aborted'],
          namespaces: ['shop', 'team-*'],
          to: { kind: 'slack', secretRef: 'oncall' },
        },
        {
          name: 'audit',
          ...all,
          to: { kind: 'webhook', url: 'https://audit.example.com/releases', secretRef: 'audit' },
        },
        { name: 'open', ...all, to: { kind: 'webhook', url: 'http://audit.internal:8080/releases' } },
        { name: 'topic', ...all, to: { kind: 'sns', topicArn: `${TOPIC}.fifo` } },
        { name: 'bus', ...all, to: { kind: 'eventBridge', busArn: BUS } },
      ],
    },
  });
  expect(parseClusterRecord({})).not.toHaveProperty('value.notifications');
});

test.each<[title: string, path: string, notifications: unknown]>([
  ['an object', 'notifications', { name: 'a', slack }],
  ['a text', 'notifications[0]', ['oncall']],
  ['too many', 'notifications', Array.from({ length: 17 }, (_, i) => ({ name: `n${i}`, slack }))],
  ['no name', 'notifications[0].name', [{ slack }]],
  ['a name that is no label', 'notifications[0].name', [{ name: 'On call', slack }]],
  [
    'two of a name',
    'notifications',
    [
      { name: 'a', slack },
      { name: 'a', sns: { topicArn: TOPIC } },
    ],
  ],
  ['a field that is not known', 'notifications[0].namespace', [{ name: 'a', slack, namespace: ['shop'] }]],
  ['nowhere to go', 'notifications[0]', [{ name: 'a' }]],
  ['two places', 'notifications[0]', [{ name: 'a', slack, sns: { topicArn: TOPIC } }]],
  ['what is never told', 'notifications[0].events[1]', [{ name: 'a', slack, events: ['step', 'constructor'] }]],
  ['nothing that is told', 'notifications[0].events', [{ name: 'a', slack, events: [] }]],
  ['no namespace', 'notifications[0].namespaces', [{ name: 'a', slack, namespaces: [] }]],
  ['a namespace that is no pattern', 'notifications[0].namespaces[0]', [{ name: 'a', slack, namespaces: ['(a+)+'] }]],
  ['a secret in the record', 'notifications[0].slack.url', [{ name: 'a', slack: { ...slack, url: 'https://x' } }]],
  ['no secret', 'notifications[0].slack.secretRef', [{ name: 'a', slack: {} }]],
  ['a path as a secret', 'notifications[0].slack.secretRef', [{ name: 'a', slack: { secretRef: '../eu1/x' } }]],
  [
    'a URL with a password',
    'notifications[0].webhook.url',
    [{ name: 'a', webhook: { url: 'https://a:b@example.com' } }],
  ],
  ['no URL', 'notifications[0].webhook.url', [{ name: 'a', webhook: { url: 'file:///etc/passwd' } }]],
  ['no webhook', 'notifications[0].webhook', [{ name: 'a', webhook: 'https://example.com' }]],
  ['a bus as a topic', 'notifications[0].sns.topicArn', [{ name: 'a', sns: { topicArn: BUS } }]],
  [
    'a region that is a host',
    'notifications[0].sns.topicArn',
    [{ name: 'a', sns: { topicArn: 'arn:aws:sns:evil.example.com/:123456789012:x' } }],
  ],
  ['a topic as a bus', 'notifications[0].eventBridge.busArn', [{ name: 'a', eventBridge: { busArn: TOPIC } }]],
])('%s is refused', (_title, path, notifications) => {
  const parsed = parseClusterRecord({ notifications });
  expect(parsed.valid ? [] : parsed.faults.map((fault) => fault.path)).toContain(path);
});
