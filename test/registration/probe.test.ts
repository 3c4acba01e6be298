import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProbe } from '../../functions/registration/probe.ts';
import { TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { type RunningGateway, serve } from '../../infra/local/server/serve.ts';
import { type Answering, startTlsServer, type TlsServer } from '../support/tls-server.ts';

const SECRET = 'eyJhbGciOiJFZERTQSJ9.e30.c2ln';
const UID = 'b3a1c6d2-0000-4000-8000-000000000001';
const signal = (): AbortSignal => AbortSignal.timeout(600_000);

let server: TlsServer;
beforeAll(async () => {
  server = await startTlsServer();
});
afterAll(() => server.close());

function probe(url: string, ca: string | undefined, callMs?: number): Promise<string | undefined> {
  const tools = { newUid: () => UID, wait: async () => undefined, ...(callMs === undefined ? {} : { callMs }) };
  return createProbe(tools)(url, ca, signal());
}

async function answeredBy(answering: Answering, callMs?: number): Promise<string | undefined> {
  server.answerBy(answering);
  return await probe(`${server.url}/v1/mutate/c/${SECRET}`, server.ca, callMs);
}

function review(response: object, more: object = {}): Answering {
  const document = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: UID, ...response },
    ...more,
  };
  return (r) => void r.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
}

function patch(operations: unknown): object {
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
}

function status(code: number, body: string, headers: Record<string, string> = {}): Answering {
  return (r) => void r.writeHead(code, headers).end(body);
}

describe('the real endpoint', () => {
  let folder: string;
  let gateway: RunningGateway;
  let ca: string;
  const log: Record<string, unknown>[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outrigger-probe-'));
    await mkdir(join(folder, 'clusters'));
    await writeFile(join(folder, 'clusters', 'local.yaml'), 'defaultTemplates: [gone]');
    const write = (line: string): void => void log.push(JSON.parse(line));
    const options = {
      port: 0,
      address: '127.0.0.1',
      https: true,
      stateDir: folder,
      templates: TEMPLATES_DIR_DEFAULT,
      write,
    };
    gateway = await serve(options);
    ca = await readFile(gateway.endpoint.caFile ?? '', 'utf8');
  });
  afterAll(async () => {
    await gateway.close();
    await rm(folder, { recursive: true });
  });

  test('is found good by a dry run, though the record names a template that is not there yet', async () => {
    expect(await probe(gateway.endpoint.webhookUrl, ca)).toBeUndefined();
    expect(log.at(-1)).toMatchObject({ dryRun: true, reason: 'OptedOut', uid: UID });
  });

  test('refuses another token, and the token is not shown', async () => {
    const { webhookUrl } = gateway.endpoint;
    const other = `${webhookUrl.slice(0, webhookUrl.lastIndexOf('/'))}/${SECRET}`;
    const said = await probe(other, ca);
    expect(said).toMatch(/^127\.0\.0\.1:\d+ does not accept the token \(403\)/);
    expect(said).not.toContain('eyJ');
  });

  test('is not trusted without its authority, or under another name', async () => {
    expect(await probe(gateway.endpoint.webhookUrl, undefined)).toMatch(
      /certificate that is not trusted \(\w+\); give its authority/,
    );
  });
});

test('what is sent is what kube-apiserver sends, with its time', async () => {
  expect(await answeredBy(review({ allowed: true }))).toBeUndefined();
  expect(server.seen).toHaveLength(1);
  const { url, method, headers, body } = server.seen[0] ?? { url: '', method: '', headers: {}, body: '{}' };
  expect([method, url, headers['content-type']]).toEqual([
    'POST',
    `/v1/mutate/c/${SECRET}?timeout=3s`,
    'application/json',
  ]);
  expect(JSON.parse(body)).toMatchObject({
    apiVersion: 'admission.k8s.io/v1',
    request: { uid: UID, dryRun: true, operation: 'CREATE', userInfo: { username: 'system:outrigger-probe' } },
  });
});

test.each<[string, Answering]>([
  ['no patch', review({ allowed: true })],
  ['a patch that applies', review(patch([{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }]))],
])('%s is good', async (_, answering) => {
  expect(await answeredBy(answering)).toBeUndefined();
});

test.each<[string, Answering, RegExp]>([
  [
    'HTML',
    status(200, '<html>', { 'content-type': 'text/html' }),
    /answers text\/html, not application\/json; is it the webhook\?$/,
  ],
  ['no JSON', status(200, 'x', { 'content-type': 'application/json' }), /no AdmissionReview/],
  [
    'another version',
    review({ allowed: true }, { apiVersion: 'admission.k8s.io/v1beta1' }),
    /no AdmissionReview of admission\.k8s\.io\/v1/,
  ],
  ['another uid', review({ uid: 'x', allowed: true }), /another review than was asked/],
  ['no verdict', review({}), /whether the Pod is allowed/],
  ['a patch without type', review({ allowed: true, patch: 'W10=' }), /patch without patchType/],
  ['a type without patch', review({ allowed: true, patchType: 'JSONPatch' }), /patch without patchType/],
  ['a patch that is none', review({ allowed: true, patchType: 'JSONPatch', patch: '%%%' }), /no JSON Patch/],
  ['a patch that does not apply', review(patch([{ op: 'remove', path: '/spec/none' }])), /does not apply/],
  ['operations that are none', review(patch([null, 1])), /does not apply/],
  [
    'a denial',
    review({ allowed: false, status: { message: `no template "x" ${SECRET}` } }),
    /refuses a Pod that opted out: no template "x" \[token\]$/,
  ],
  ['a foreign 403', status(403, '{"message":"Forbidden"}'), /refuses every caller \(403\): a firewall/],
  ['404', status(404, '{"message":"Not Found"}'), /nothing at the path of the webhook \(404\)/],
  ['429', status(429, ''), /is throttled \(429\)/],
  ['a redirect', status(307, '', { location: 'https://elsewhere.example/' }), /redirects \(307\)/],
  [
    '500',
    status(500, 'outrigger: a default template does not exist: x'),
    /fails \(500\): outrigger: a default template does not exist: x$/,
  ],
  ['502 without a word', status(502, ''), /fails \(502\); see the log/],
  ['400', status(400, `bad ${SECRET}`), /answers 400: bad \[token\]$/],
  ['an answer that breaks off', (r) => r.destroy(), /broke the connection off \(ECONNRESET\)/],
])('%s is said', async (_, answering, expected) => {
  const said = await answeredBy(answering);
  expect(said).toMatch(expected);
  expect(said).toMatch(/^127\.0\.0\.1:\d+ /);
  expect(said).not.toMatch(/eyJ|\/v1\/mutate/);
});

test('a redirect is not followed', async () => {
  await answeredBy(status(307, '', { location: `${server.url}/elsewhere` }));
  expect(server.seen).toHaveLength(1);
});

test('a cold start that was throttled is asked again', async () => {
  let n = 0;
  const good = review({ allowed: true });
  expect(
    await answeredBy((r, ask) => (++n === 1 ? r.writeHead(503, { 'retry-after': '1' }).end() : good(r, ask))),
  ).toBeUndefined();
  expect(server.seen).toHaveLength(2);
});

test('no answer in time is said', async () => {
  expect(await answeredBy(() => undefined, 200)).toMatch(
    /did not answer within 0\.2 s; see the log of the function mutate$/,
  );
});

test.each([
  [`https://gone.invalid/v1/mutate/c/${SECRET}`, /^gone\.invalid cannot be found \(DNS, (ENOTFOUND|EAI_AGAIN)\)/],
  [`https://127.0.0.1:1/v1/mutate/c/${SECRET}`, /^127\.0\.0\.1:1 refuses connections/],
  [`http://127.0.0.1:1/v1/mutate/c/${SECRET}`, /^the webhook URL is no https URL$/],
  [SECRET, /^the webhook URL is no https URL$/],
])('an address that leads nowhere is said: %s', async (url, expected) => {
  expect(await probe(url, undefined)).toMatch(expected);
});
