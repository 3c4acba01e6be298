import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NotificationTarget } from '../../functions/cluster-record/notifications.ts';
import { sendNotice } from '../../functions/notifications/destinations/send-notice.ts';
import { awsAt, localTools } from '../support/metric-servers.ts';
import { noticeIn } from '../support/notices.ts';
import { signed } from './support/aws-account.ts';
import { type Moto, startMoto } from './support/moto.ts';
import { whyNotMoto } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const [REGION, ACCOUNT] = ['eu-central-1', '123456789012'];
/** For hangs only. */
const WAIT = { timeout: 30_000 };
const NOTICE = noticeIn('eu1', { reason: 'p99 doubled, ä' });

await describeReal('SNS and EventBridge, moto', whyNotMoto, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  }, 120_000);
  afterAll(async () => await moto.stop());

  /** Calls a service by AWS's query protocol, as a test does. */
  async function query(service: string, form: Readonly<Record<string, string>>): Promise<string> {
    const headers = { ...signed(service), 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(moto.url, { method: 'POST', headers, body: new URLSearchParams(form).toString() });
    const text = await response.text();
    if (!response.ok) throw new Error(`${form['Action']}: ${response.status} ${text}`);
    return text;
  }

  async function json(service: string, target: string, input: object): Promise<unknown> {
    const headers = {
      ...signed(service),
      'content-type': target.startsWith('AmazonSQS') ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1',
      'x-amz-target': target,
    };
    const response = await fetch(moto.url, { method: 'POST', headers, body: JSON.stringify(input) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${target}: ${response.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }

  const queueArn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
  const createQueue = async (QueueName: string, Attributes: object = {}): Promise<void> =>
    void (await json('sqs', 'AmazonSQS.CreateQueue', { QueueName, Attributes }));
  /** What has arrived in a queue, parsed. */
  async function receive(name: string): Promise<readonly Record<string, unknown>[]> {
    // A bus delivers behind its answer: the queue is asked to wait for the message.
    const input = { QueueUrl: `${moto.url}/${ACCOUNT}/${name}`, MaxNumberOfMessages: 10, WaitTimeSeconds: 10 };
    const { Messages = [] } = Object(await json('sqs', 'AmazonSQS.ReceiveMessage', input));
    return Messages.map(({ Body }: { Body: string }) => JSON.parse(Body));
  }
  const send = async (to: NotificationTarget): Promise<unknown> =>
    await sendNotice(to, NOTICE, { ...localTools(''), aws: awsAt(moto.url) }, AbortSignal.timeout(10_000));

  test.each([
    ['a topic', 'releases', {}],
    ['a FIFO topic', 'releases.fifo', { FifoTopic: 'true' }],
  ])('%s passes a notice on to what is subscribed', async (_title, Name, attributes) => {
    const form = Object.fromEntries(
      Object.entries(attributes).flatMap(([key, value]) => [
        ['Attributes.entry.1.key', key],
        ['Attributes.entry.1.value', value],
      ]),
    );
    await query('sns', { Action: 'CreateTopic', Version: '2010-03-31', Name, ...form });
    await createQueue(Name, Name.endsWith('.fifo') ? { FifoQueue: 'true' } : {});
    const topicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:${Name}`;
    await query('sns', {
      ...{ Action: 'Subscribe', Version: '2010-03-31', TopicArn: topicArn, Protocol: 'sqs' },
      ...{ Endpoint: queueArn(Name) },
    });
    await expect.poll(async () => await send({ kind: 'sns', topicArn }), WAIT).toEqual({ outcome: 'sent' });
    const [message = {}] = await receive(Name);
    expect(message['Subject']).toMatch(/^canary shop\/cart in eu1: aborted, weight 20 -> 0/);
    expect(JSON.parse(String(message['Message']))).toMatchObject({ id: NOTICE.id, data: { reason: NOTICE.reason } });
    expect(message['MessageAttributes']).toMatchObject({ namespace: { Type: 'String', Value: 'shop' } });
  });

  test('a topic that is not there is a refusal', async () => {
    const topicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:none`;
    expect(await send({ kind: 'sns', topicArn })).toMatchObject({ outcome: 'failed', error: 'Refused' });
  });

  test('a bus passes an event on by the rules that match it', async () => {
    await json('events', 'AWSEvents.CreateEventBus', { Name: 'releases' });
    await createQueue('events');
    const pattern = { source: ['outrigger'], 'detail-type': ['Canary aborted'], detail: { namespace: ['shop'] } };
    const rule = { Name: 'aborts', EventBusName: 'releases', EventPattern: JSON.stringify(pattern) };
    await json('events', 'AWSEvents.PutRule', rule);
    await json('events', 'AWSEvents.PutTargets', {
      ...{ Rule: 'aborts', EventBusName: 'releases', Targets: [{ Id: 'q', Arn: queueArn('events') }] },
    });
    const busArn = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/releases`;
    // moto takes a moment between a rule and the first event that it matches; a send that fails is tried again by the product too.
    await expect.poll(async () => await send({ kind: 'eventBridge', busArn }), WAIT).toEqual({ outcome: 'sent' });
    await expect
      .poll(async () => await receive('events'), WAIT)
      .toMatchObject([
        { source: 'outrigger', 'detail-type': 'Canary aborted', detail: { id: NOTICE.id, name: 'cart' } },
      ]);
  });
});
