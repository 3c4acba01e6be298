import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NotificationTarget } from '../../functions/cluster-record/notifications.ts';
import type { SendTools } from '../../functions/notifications/destinations/destination.ts';
import { sendNotice } from '../../functions/notifications/destinations/send-notice.ts';
import { awsAt, localTools, type PlainServer, startPlainServer } from '../support/metric-servers.ts';
import { noticeIn } from '../support/notices.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:releases';
const BUS = 'arn:aws:events:eu-west-1:123456789012:event-bus/releases';
const NOTICE = noticeIn('eu1', { reason: '<!channel> a & b, ä' });

let server: PlainServer;
let secrets: Record<string, string>;
beforeAll(async () => {
  server = await startPlainServer();
});
afterAll(async () => await server.close());
beforeEach(() => {
  secrets = { oncall: `${server.url}/services/T0/B0/secret-token`, audit: 'Bearer secret-token\n' };
  server.respondBy((response) => response.end('{"FailedEntryCount":0}'));
});

const tools = (more: Partial<SendTools> = {}): SendTools => ({
  ...localTools(server.host),
  readSecret: async ({ cluster, namespace, name }) =>
    cluster === 'eu1' && namespace === undefined ? secrets[name] : undefined,
  aws: awsAt(server.url),
  ...more,
});
const sent = async (to: NotificationTarget, more?: Partial<SendTools>) =>
  await sendNotice(to, NOTICE, tools(more), AbortSignal.timeout(5_000));
const slack = { kind: 'slack', secretRef: 'oncall' } as const;
const webhook = () => ({ kind: 'webhook', url: `${server.url}/releases`, secretRef: 'audit' }) as const;
const sns = { kind: 'sns', topicArn: TOPIC } as const;
const bus = { kind: 'eventBridge', busArn: BUS } as const;

describe('what arrives', () => {
  test('at Slack: a sentence whose words mention no channel', async () => {
    expect(await sent(slack)).toEqual({ outcome: 'sent' });
    const [{ method, url, body } = { body: '' }] = server.seen;
    expect([method, url]).toEqual(['POST', '/services/T0/B0/secret-token']);
    expect(JSON.parse(body)).toEqual({
      text: 'canary shop/cart in eu1: aborted, weight 20 -&gt; 0, by arn:aws:iam::123456789012:role/ci: &lt;!channel&gt; a &amp; b, ä',
    });
  });

  test('at a webhook: a CloudEvent, with the secret as its authorization', async () => {
    expect(await sent(webhook())).toEqual({ outcome: 'sent' });
    const [{ headers, body } = { headers: {}, body: '' }] = server.seen;
    expect(headers).toMatchObject({
      authorization: 'Bearer secret-token',
      'content-type': 'application/cloudevents+json; charset=utf-8',
    });
    const { id, time, ...data } = NOTICE;
    expect(JSON.parse(body)).toEqual({
      specversion: '1.0',
      ...{ id, time, source: '/outrigger/clusters/eu1', type: 'dev.outrigger.canary.aborted', subject: 'shop/cart' },
      datacontenttype: 'application/json',
      data: { ...data, message: expect.stringMatching(/^canary shop\/cart in eu1: aborted/) },
    });
  });

  test('at a topic: the same, with attributes for filters, signed for the region of the topic', async () => {
    expect(await sent(sns)).toEqual({ outcome: 'sent' });
    const [{ headers, body } = { headers: {}, body: '' }] = server.seen;
    expect(Object(headers).authorization).toMatch(/\/eu-west-1\/sns\/aws4_request/);
    const form = new URLSearchParams(body);
    expect([form.get('Action'), form.get('TopicArn')]).toEqual(['Publish', TOPIC]);
    expect(form.get('Subject')).toMatch(/^canary shop\/cart in eu1: aborted[\x20-\x7e]+$/);
    expect(form.get('Subject')?.length).toBeLessThan(100);
    expect(JSON.parse(form.get('Message') ?? '')).toMatchObject({ id: NOTICE.id, data: { reason: NOTICE.reason } });
    const attributes = [1, 2, 3, 4].map((i) => [
      form.get(`MessageAttributes.entry.${i}.Name`),
      form.get(`MessageAttributes.entry.${i}.Value.StringValue`),
    ]);
    expect(attributes).toEqual([
      ['type', 'aborted'],
      ['cluster', 'eu1'],
      ['namespace', 'shop'],
      ['name', 'cart'],
    ]);
    expect(form.has('MessageGroupId')).toBe(false);
  });

  test('at a FIFO topic: in the order of the canary, and once', async () => {
    expect(await sent({ ...sns, topicArn: `${TOPIC}.fifo` })).toEqual({ outcome: 'sent' });
    const form = new URLSearchParams(server.seen[0]?.body);
    const group = createHash('sha256').update('["eu1","shop","cart"]').digest('hex');
    expect([form.get('MessageGroupId'), form.get('MessageDeduplicationId')]).toEqual([group, NOTICE.id]);
  });

  test('at a bus: an event of source outrigger, whose detail has the id', async () => {
    expect(await sent(bus)).toEqual({ outcome: 'sent' });
    const [{ headers, body } = { headers: {}, body: '' }] = server.seen;
    expect(headers).toMatchObject({ 'x-amz-target': 'AWSEvents.PutEvents' });
    expect(Object(headers).authorization).toMatch(/\/eu-west-1\/events\/aws4_request/);
    const [entry] = JSON.parse(body).Entries;
    expect(entry).toMatchObject({ Source: 'outrigger', DetailType: 'Canary aborted', EventBusName: BUS });
    expect(entry.Time).toBe(Date.parse(NOTICE.time) / 1_000);
    expect(JSON.parse(entry.Detail)).toMatchObject({ id: NOTICE.id, name: 'cart', type: 'aborted' });
  });
});

describe('what does not', () => {
  const failed = (error: string, isUnwell: boolean, status?: number) => ({
    ...{ outcome: 'failed', error, isUnwell },
    ...(status === undefined ? {} : { status }),
  });

  test.each([
    [404, 'Refused', false],
    [302, 'Refused', false],
    [429, 'Unwell', true],
    [503, 'Unwell', true],
  ])('status %i is %s, and tells of the next notice: %s', async (status, error, isUnwell) => {
    server.respondBy((response) => response.writeHead(status, { location: `${server.url}/else` }).end('secret-token'));
    for (const to of [slack, webhook(), sns, bus]) {
      expect(await sent(to), to.kind).toEqual(failed(error, isUnwell, status));
    }
    expect(server.seen).toHaveLength(4);
  });

  test('a bus that takes the call and not the entry', async () => {
    for (const text of ['{"FailedEntryCount":1}', '{}', 'no JSON']) {
      server.respondBy((response) => response.end(text));
      expect(await sent(bus)).toEqual(failed('Unwell', true, 200));
    }
  });

  test('a place that never responds is given up with the time of the try', async () => {
    server.respondBy(() => {});
    const begun = Date.now();
    const outcome = await sendNotice(webhook(), NOTICE, tools(), AbortSignal.timeout(200));
    expect(outcome).toEqual(failed('NoAnswer', true));
    expect(Date.now() - begun).toBeLessThan(3_000);
  });

  test('a secret that is not there, cannot be read, or is none of its kind: no word of it', async () => {
    secrets = { oncall: 'no URL secret-token', audit: 'Bearer a\r\nx-secret-token: b' };
    expect(await sent(slack)).toEqual(failed('SecretUnusable', true));
    expect(await sent(webhook())).toEqual(failed('SecretUnusable', true));
    secrets = {};
    expect(await sent(slack)).toEqual(failed('NoSecret', true));
    const readSecret = async (): Promise<never> => await Promise.reject(new Error('secret-token'));
    expect(await sent(slack, { readSecret })).toEqual(failed('SecretUnreadable', true));
    expect(server.seen).toEqual([]);
  });

  test.each([
    ['a host that is not listed', 'http://10.0.0.7/x'],
    ['instance metadata', 'https://169.254.169.254/latest/meta-data'],
    ['this machine by https', 'https://127.0.0.1:1/'],
  ])('%s is not called, neither by its URL nor by a secret', async (_title, url) => {
    const egress = { ...tools().egress, http: [], private: [] };
    secrets = { oncall: url };
    expect(await sent({ kind: 'webhook', url }, { egress })).toEqual(failed('NotAllowed', true));
    expect(await sent(slack, { egress })).toEqual(failed('NotAllowed', true));
  });

  test('without credentials of AWS', async () => {
    expect(await sent(sns, { aws: undefined })).toEqual(failed('NoCredentials', true));
    expect(await sent(bus, { aws: undefined })).toEqual(failed('NoCredentials', true));
  });
});
