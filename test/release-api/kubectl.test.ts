import { beforeEach, describe, expect, test } from 'vitest';
import { readRequest } from '../../functions/http/event.ts';
import { tableOf } from '../../functions/release-api/response/table.ts';
import { manifestOf } from '../support/canaries.ts';
import {
  CANARIES,
  openReleaseEntryPoint,
  type ReleaseEntryPoint,
  releaseEvent,
} from '../support/release-entry-point.ts';
import { at, namesOf } from '../support/values.ts';

const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
const EVENTS = '/api/v1/clusters/local/namespaces/shop/events';

let api: ReleaseEntryPoint;
beforeEach(async () => {
  api = openReleaseEntryPoint();
  expect((await api.ask('POST', CANARIES, { body: manifestOf() })).status).toBe(201);
});

const table = async (path: string, query = ''): Promise<Readonly<Record<string, unknown>>> =>
  (await api.ask('GET', path, { query, headers: { accept: TABLE } })).body;

describe('discovery, as kubectl asks for it', () => {
  test.each([
    ['/api', 'APIVersions'],
    ['/api/v1', 'APIResourceList'],
    ['/api/v1/namespaces/any', 'Namespace'],
  ])('%s is %s', async (path, kind) => {
    const { status, body } = await api.ask('GET', path);
    expect([status, body['kind']]).toEqual([200, kind]);
  });

  test('canaries have a short name and are in `all`', async () => {
    const { body } = await api.ask('GET', '/apis/outrigger.dev/v1alpha1');
    expect(at(body, 'resources', 0)).toMatchObject({ name: 'canaries', shortNames: ['cn'], categories: ['all'] });
  });

  test('the version is one of Kubernetes, and OpenAPI v2 an empty document', async () => {
    const { body } = await api.ask('GET', '/version');
    expect(body).toMatchObject({ major: '1', minor: '36' });
    expect(body['gitVersion']).toMatch(/^v1\.36\.\d+\+outrigger$/);
    const { status, body: swagger } = await api.ask('GET', '/openapi/v2');
    expect([status, swagger]).toEqual([200, {}]);
  });
});

describe('a Table', () => {
  test('has a cell for each column, and the metadata of what each row is of', async () => {
    const list = await table(CANARIES);
    const names = namesOf(at(list, 'columnDefinitions'));
    expect(names).toEqual([
      'Name',
      'Service',
      'Phase',
      'Release',
      'Step',
      'Weight',
      'Age',
      'Stable',
      'Canary',
      'Message',
    ]);
    expect(at(list, 'rows', 0, 'cells')).toEqual([
      ...['cart', 'cart:8080', 'Initializing', '-', '-', '0%', '0s', 'cart-stable', 'cart-canary'],
      'the proxies are learning it; every request goes to stable',
    ]);
    expect(at(list, 'rows', 0, 'object')).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'cart' } });
    expect(await table(`${CANARIES}/cart`)).toEqual(list);
  });

  test.each([
    ['Object', { kind: 'Canary' }],
    ['None', undefined],
  ])('includes %s where it is asked for', async (include, expected) => {
    const row = at(await table(CANARIES, `includeObject=${include}`), 'rows', 0, 'object');
    if (expected === undefined) expect(row).toBeUndefined();
    else expect(row).toMatchObject(expected);
  });

  test('is text, whatever it is made of: no control character reaches a terminal', () => {
    const event = releaseEvent('GET', CANARIES, { headers: { accept: TABLE } });
    const columns = [{ name: 'Reason', description: '', cell: (of: string) => of }];
    const rows = [{ of: 'fine\u001b[2J\u202e\nNAME', object: {}, metadata: {} }];
    const made = tableOf(readRequest(event), columns, rows, {}, 0);
    expect(at(made, 'rows', 0, 'cells')).toEqual(['fine [2J  NAME']);
  });
});

describe('--field-selector', () => {
  test.each([
    ['metadata.name=cart', 1],
    ['metadata.name==cart,metadata.namespace=shop', 1],
    ['metadata.name!=cart', 0],
    ['metadata.name=other', 0],
    ['', 1],
  ])('%s selects %d', async (selector, count) => {
    const { body } = await api.ask('GET', CANARIES, { query: `fieldSelector=${encodeURIComponent(selector)}` });
    expect(namesOf(at(body, 'items'))).toHaveLength(count);
  });

  test('another field is refused, and named to no log', async () => {
    const { status, body } = await api.ask('GET', CANARIES, { query: 'fieldSelector=spec.secret%3Dx' });
    expect([status, body['message']]).toEqual([
      400,
      'field label not supported; metadata.name and metadata.namespace are',
    ]);
  });
});

describe('what kubectl apply compares', () => {
  const ports = async (): Promise<unknown[]> => {
    const { body } = await api.ask('GET', `${CANARIES}/cart`);
    return [0, 1].map((i) => at(body, 'spec', 'backends', i, 'port'));
  };
  const merge = { 'content-type': 'application/merge-patch+json' };

  test('has no port that is the default, which is that of the Service as it is then', async () => {
    expect(await ports()).toEqual([undefined, undefined]);
    const patch = { spec: { service: { port: 81 } } };
    expect((await api.ask('PATCH', `${CANARIES}/cart`, { body: patch, headers: merge })).status).toBe(200);
    expect(await ports()).toEqual([undefined, undefined]);
  });

  test('has a port of the Pods that is another one', async () => {
    const backends = [
      { name: 'stable', service: 'cart-stable', port: 9090 },
      { name: 'canary', service: 'cart-canary' },
    ];
    await api.ask('PATCH', `${CANARIES}/cart`, { body: { spec: { backends } }, headers: merge });
    expect(await ports()).toEqual([9090, undefined]);
  });
});

describe('events', () => {
  test('are the history, oldest first, of one canary as kubectl describe selects it', async () => {
    api.at(80);
    await api.ask('PUT', `${CANARIES}/cart/weights`, {
      headers: { 'if-match': '*' },
      body: {
        backends: [
          { name: 'stable', weight: 80 },
          { name: 'canary', weight: 20 },
        ],
        reason: 'try',
      },
    });
    const selector = encodeURIComponent(
      'involvedObject.name=cart,involvedObject.kind=Canary,involvedObject.namespace=shop',
    );
    const { body } = await api.ask('GET', EVENTS, { query: `fieldSelector=${selector}` });
    const items = at(body, 'items');
    const found = (Array.isArray(items) ? items : []).map((event) => [at(event, 'reason'), at(event, 'message')]);
    expect(found).toEqual([
      ['Create', '100/0 by arn:aws:iam::123456789012:user/ada'],
      ['SetWeights', '100/0 to 80/20 by arn:aws:iam::123456789012:user/ada: try'],
    ]);
  });

  test.each([
    ['involvedObject.name=other', 0],
    ['involvedObject.kind=Pod', 0],
    ['type=Normal', 1],
    ['', 1],
  ])('%s selects %d', async (selector, count) => {
    const { body } = await api.ask('GET', EVENTS, { query: `fieldSelector=${encodeURIComponent(selector)}` });
    expect(at(body, 'items')).toHaveLength(count);
  });
});
