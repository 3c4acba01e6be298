import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClusterApiError } from '../../functions/kube-api/cluster-api.ts';
import {
  type CustomResource,
  createCustomResources,
  RESPONSE_RESERVE_MS,
  type ResourceWork,
} from '../../functions/registration/custom-resource/custom-resource.ts';
import { mayRespond } from '../../functions/registration/custom-resource/response-url.ts';
import { answersIn, keptLog, resourceEvent } from '../support/resource-events.ts';
import { startTlsServer, type TlsServer } from '../support/tls-server.ts';

let server: TlsServer;
let lines: string[];
beforeAll(async () => {
  server = await startTlsServer();
});
beforeEach(() => server.answerBy((response) => void response.writeHead(200).end()));
afterAll(() => server.close());

const plenty = { getRemainingTimeInMillis: () => 240_000 };

/** Handles an event with a resource of this work; answers what CloudFormation was told. */
async function told(
  event: unknown,
  work: Partial<ResourceWork> = {},
  context = plenty,
): Promise<Record<string, unknown>[]> {
  const thing: CustomResource = (properties) =>
    typeof properties['Name'] === 'string'
      ? {
          valid: true,
          value: {
            physicalId: `outrigger-thing-${properties['Name']}`,
            ensure: async () => ({ Colour: 'blue' }),
            remove: async () => 'it is removed',
            ...work,
          },
        }
      : { valid: false, faults: [{ path: 'Name', message: 'must be a text' }] };
  const kept = keptLog();
  lines = kept.lines;
  const options = { region: 'eu-central-1', environment: { AWS_ENDPOINT_URL: server.url }, ca: server.ca };
  const resources = new Map([['Custom::Thing', thing]]);
  const handler = createCustomResources(resources, { ...options, log: kept.log, wait: async () => undefined });
  await handler(event, context);
  return answersIn(server);
}

const echoed = {
  StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/outrigger/1',
  LogicalResourceId: 'Thing',
};

describe('what is done is told, once, by PUT without a content type:', () => {
  test.each(['Create', 'Update'] as const)('%s', async (type) => {
    expect(await told(resourceEvent(type, server.url))).toEqual([
      {
        ...{ ...echoed, Status: 'SUCCESS', Reason: 'done', RequestId: `request-${type}` },
        ...{ PhysicalResourceId: 'outrigger-thing-a', Data: { Colour: 'blue' } },
      },
    ]);
    const [seen] = server.seen;
    expect([seen?.method, seen?.url, seen?.headers['content-type']]).toEqual([
      'PUT',
      '/answer?X-Amz-Signature=presigned',
      '',
    ]);
    expect(seen?.headers['content-length']).toBe(String(Buffer.byteLength(seen?.body ?? '')));
    expect(seen?.headers).not.toHaveProperty('transfer-encoding');
  });

  test('Delete', async () => {
    const [answer] = await told(resourceEvent('Delete', server.url));
    expect(answer).toEqual({
      ...{ ...echoed, Status: 'SUCCESS', Reason: 'it is removed', RequestId: 'request-Delete' },
      PhysicalResourceId: 'outrigger-thing-a',
    });
  });

  test('an Update to another thing has another id, so that CloudFormation deletes the one before', async () => {
    const event = resourceEvent('Update', server.url, { ResourceProperties: { Name: 'b' } });
    expect(await told(event)).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId: 'outrigger-thing-b' }]);
  });
});

describe('Delete of a replaced id', () => {
  const remove = async (): Promise<string> => {
    throw new Error('the live one was deleted');
  };
  test('never deletes the live one', async () => {
    const event = resourceEvent('Delete', server.url, { PhysicalResourceId: 'outrigger-thing-old' });
    expect(await told(event, { remove })).toMatchObject([
      { Status: 'SUCCESS', PhysicalResourceId: 'outrigger-thing-old' },
    ]);
  });

  test('but of one that CloudFormation made up, for a Create that never answered, cleans up', async () => {
    let removed = 0;
    const event = resourceEvent('Delete', server.url, { PhysicalResourceId: 'stack-Thing-1ABCDEF' });
    const count = async (): Promise<string> => `removed ${++removed}`;
    expect(await told(event, { remove: count })).toMatchObject([
      { Status: 'SUCCESS', Reason: 'removed 1', PhysicalResourceId: 'stack-Thing-1ABCDEF' },
    ]);
  });
});

describe('failures are told in time:', () => {
  const token = 'eyJhbGciOiJFZERTQSJ9.e30.c2ln';
  test.each<[string, Error, string]>([
    ['one that speaks', new ClusterApiError(403, 'Forbidden', `may not, ${token}`), 'may not, [token]'],
    ['one that may hold anything', new TypeError('secret'), 'TypeError; see the log of the function register'],
    [
      'a refusal by IAM',
      Object.assign(new Error('User x is not authorized to perform: ssm:GetParameter'), {
        name: 'AccessDeniedException',
      }),
      'User x is not authorized to perform: ssm:GetParameter',
    ],
    ['a long one', new ClusterApiError(500, '', 'x'.repeat(9_000)), `${'x'.repeat(999)}…`],
  ])('an exception: %s', async (_, error, reason) => {
    const ensure = async (): Promise<never> => {
      throw error;
    };
    for (const type of ['Create', 'Update'] as const) {
      server.seen.length = 0;
      expect(await told(resourceEvent(type, server.url), { ensure })).toMatchObject([
        { Status: 'FAILED', Reason: reason, PhysicalResourceId: 'outrigger-thing-a' },
      ]);
      expect(server.seen[0]?.body.length).toBeLessThan(4_096);
      expect(lines.join()).not.toMatch(/eyJ|secret/);
    }
  });

  test('what is thrown and is no error', async () => {
    const remove = (): Promise<string> => Promise.reject('text');
    expect(await told(resourceEvent('Delete', server.url), { remove })).toMatchObject([{ Status: 'FAILED' }]);
  });

  test.each([
    [
      'that heeds its signal',
      (signal: AbortSignal) => new Promise<never>((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
    ],
    ['that does not', () => new Promise<never>(() => undefined)],
  ])('work %s, when time runs out', async (_, work) => {
    const context = { getRemainingTimeInMillis: () => RESPONSE_RESERVE_MS + 100 };
    const ensure = async (__: unknown, signal: AbortSignal): Promise<never> => await work(signal);
    expect(await told(resourceEvent('Create', server.url), { ensure }, context)).toMatchObject([
      {
        Status: 'FAILED',
        Reason: 'it took longer than 0.1 s; it is safe to try again',
        PhysicalResourceId: 'outrigger-thing-a',
      },
    ]);
  });

  test('work that has less time than the function', async () => {
    const ensure = (): Promise<never> => new Promise(() => undefined);
    expect(await told(resourceEvent('Create', server.url), { ensure, longestMs: 100 })).toMatchObject([
      { Status: 'FAILED', Reason: 'it took longer than 0.1 s; it is safe to try again' },
    ]);
  });

  test('no time at all', async () => {
    const context = { getRemainingTimeInMillis: () => 2_000 };
    const ensure = (): Promise<never> => new Promise(() => undefined);
    expect(await told(resourceEvent('Create', server.url), { ensure }, context)).toMatchObject([{ Status: 'FAILED' }]);
  });

  test('a failed Update to another thing keeps the id, so that nothing is deleted', async () => {
    const event = resourceEvent('Update', server.url, { ResourceProperties: { Name: 'b' } });
    const ensure = (): Promise<never> => Promise.reject(new Error('x'));
    expect(await told(event, { ensure })).toMatchObject([
      { Status: 'FAILED', PhysicalResourceId: 'outrigger-thing-a' },
    ]);
  });
});

describe('malformed requests are answered too:', () => {
  const bad = { ResourceProperties: { Name: 7 } };
  test.each<['Create' | 'Update' | 'Delete', object, string, RegExp, string]>([
    ['Create', bad, 'FAILED', /^Name: must be a text$/, 'outrigger-malformed-Thing'],
    ['Update', bad, 'FAILED', /^Name: must be a text$/, 'outrigger-thing-a'],
    ['Delete', bad, 'SUCCESS', /^Name: must be a text$/, 'outrigger-thing-a'],
    ['Delete', { ResourceType: 'Custom::Else' }, 'SUCCESS', /none of ours/, 'outrigger-thing-a'],
    ['Create', { ResourceType: 'Custom::Else' }, 'FAILED', /none of ours/, 'outrigger-malformed-Thing'],
    ['Create', { ResourceType: '__proto__' }, 'FAILED', /none of ours/, 'outrigger-malformed-Thing'],
    [
      'Create',
      { RequestType: 'Explode', StackId: '' },
      'FAILED',
      /RequestType: must be Create, Update, Delete; .*StackId/,
      'outrigger-malformed',
    ],
    ['Create', { ResourceProperties: [] }, 'FAILED', /ResourceProperties: must be a mapping/, 'outrigger-malformed'],
    [
      'Update',
      { PhysicalResourceId: undefined },
      'FAILED',
      /PhysicalResourceId: must be a text/,
      'outrigger-malformed',
    ],
    [
      'Create',
      { LogicalResourceId: 'x'.repeat(5_000) },
      'FAILED',
      /LogicalResourceId: must be a text of 1 to 2048/,
      'outrigger-malformed',
    ],
  ])('%s with %j', async (type, more, status, reason, id) => {
    const [answer, ...others] = await told(resourceEvent(type, server.url, more));
    expect(answer).toMatchObject({ Status: status, Reason: expect.stringMatching(reason), PhysicalResourceId: id });
    expect(others).toEqual([]);
  });

  test('and nothing rejects unheard when their time would have been up: that would end the environment', async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', hear);
    const context = { getRemainingTimeInMillis: () => RESPONSE_RESERVE_MS + 50 };
    await told(resourceEvent('Create', server.url, bad), {}, context);
    await pause(200);
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['no URL', {}],
    ['another host', resourceEvent('Create', 'https://evil.example')],
    ['instance metadata', resourceEvent('Create', 'http://169.254.169.254')],
  ])('but not where nobody of CloudFormation would hear it: %s', async (_, event) => {
    await expect(told(event)).rejects.toThrow('nothing was done');
    expect(server.seen).toEqual([]);
  });
});

describe('the answer is put again', () => {
  test('when S3 is busy or breaks off, and is the same', async () => {
    let n = 0;
    server.answerBy((response) => {
      n++;
      if (n === 1) response.writeHead(503).end();
      else if (n === 2) response.destroy();
      else response.writeHead(200).end();
    });
    const answers = await told(resourceEvent('Create', server.url));
    expect(answers).toHaveLength(3);
    expect(answers[2]).toEqual(answers[0]);
  });

  test('not when it is refused; that is logged without the URL, and thrown', async () => {
    server.answerBy((response) => void response.writeHead(403).end('<Error/>'));
    await expect(told(resourceEvent('Create', server.url))).rejects.toThrow('could not be answered (status 403)');
    expect(server.seen).toHaveLength(1);
    expect(lines.join()).toContain('"lost":"status 403"');
    expect(lines.join()).not.toMatch(/presigned|X-Amz/);
  });
});

describe('where answers may go:', () => {
  const none = { region: 'eu-central-1', environment: {} };
  test.each([
    [
      'https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/arn%3Aaws?X-Amz-Signature=x',
      'us-east-1',
    ],
    ['https://cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com/a', 'eu-central-1'],
    ['https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/a', 'eu-west-1'],
    ['https://s3.eu-central-1.amazonaws.com/bucket/a', 'eu-central-1'],
    ['https://b.s3.dualstack.eu-central-1.amazonaws.com/a', 'eu-central-1'],
    ['https://cloudformation-custom-resource-response-cnnorth1.s3.cn-north-1.amazonaws.com.cn/a', 'cn-north-1'],
  ])('%s', (url, region) => {
    expect(mayRespond(url, { region, environment: {} })).toBe(true);
  });

  test.each([
    'http://b.s3.eu-central-1.amazonaws.com/a',
    'https://b.s3.eu-central-1.amazonaws.com:8443/a',
    'https://user@b.s3.eu-central-1.amazonaws.com/a',
    'https://s3.eu-central-1.amazonaws.com.evil.example/a',
    'https://s3.evilamazonaws.com/a',
    'https://b.s3.execute-api.eu-central-1.amazonaws.com/a',
    'https://s3.x.execute-api.eu-central-1.amazonaws.com/a',
    'https://abc.execute-api.eu-central-1.amazonaws.com/a',
    'https://b.s3.cn-north-1.amazonaws.com.cn/a',
    'file:///etc/passwd',
    'x',
  ])('never %s', (url) => {
    expect(mayRespond(url, none)).toBe(false);
  });
});
