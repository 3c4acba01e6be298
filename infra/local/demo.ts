import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import jsonPatch, { type Operation } from 'fast-json-patch';
import { parse, stringify } from 'yaml';
import { REASONS } from '../../functions/injection/reasons.ts';
import { showOnApiServer } from './demo-api-server.ts';
import { paint, say, title } from './demo-print.ts';
import { postJson } from './https-client.ts';
import { TEMPLATES_DIR_DEFAULT } from './local-store.ts';
import { type RunningGateway, serve } from './serve.ts';

/** The Pod of the seed document. */
const POD = `apiVersion: v1
kind: Pod
metadata:
  name: myapp-pod
  labels:
    app: myapp
spec:
  containers:
  - name: myapp-container
    image: busybox
    command: ['sh', '-c', 'echo Hello Kubernetes! && sleep 3600']
`;

interface Answer {
  readonly response: {
    readonly allowed: boolean;
    readonly patch?: string;
    readonly auditAnnotations?: Readonly<Record<string, string>>;
    readonly status?: { readonly message: string };
  };
}

type Pod = { metadata: { labels?: Record<string, string> } & Record<string, unknown> } & Record<string, unknown>;

/** `npm run demo`: the main job on embedded defaults, from end to end; ends by itself. */
const stateDir = await mkdtemp(join(tmpdir(), 'outrigger-demo-'));
const log: string[] = [];
try {
  const write = (line: string): void => void log.push(line);
  const options = { port: 0, address: '127.0.0.1', https: true, stateDir, templates: TEMPLATES_DIR_DEFAULT, write };
  const gateway = await serve(options);
  const ca = await readFile(gateway.endpoint.caFile ?? '', 'utf8');
  say(`Outrigger listens on ${gateway.endpoint.url} (HTTPS, templates from infra/templates, no cluster, no AWS).`);
  try {
    await showInjection(gateway, ca);
    await showSkip(gateway, ca);
    await showRefusals(gateway, ca);
    await showOnApiServer(gateway, ca, POD);
  } finally {
    await gateway.close();
  }
} finally {
  await rm(stateDir, { recursive: true, force: true });
}

async function showInjection(gateway: RunningGateway, ca: string): Promise<void> {
  title("1. The seed's Pod, as a kube-apiserver sends it");
  const pod: Pod = parse(POD);
  const { response } = await review(gateway, ca, pod);
  const operations: Operation[] = JSON.parse(Buffer.from(response.patch ?? 'W10=', 'base64').toString());
  const after = jsonPatch.applyPatch(structuredClone(pod), operations, true).newDocument;
  const text = (value: unknown): string => stringify(value, { lineWidth: 0 });
  say(
    paintDiff(
      createTwoFilesPatch('myapp-pod (sent)', 'myapp-pod (injected)', text(pod), text(after), '', '', { context: 20 }),
    ),
  );
  title('   The operations (JSON Patch, RFC 6902), verified before they left');
  for (const { op, path } of operations) say(`   ${op.padEnd(8)}${path}`);
  sayReason(response);
  title('   The same Pod sent again, now injected');
  const again = await review(gateway, ca, after);
  sayReason(again.response);
}

async function showSkip(gateway: RunningGateway, ca: string): Promise<void> {
  title('2. A Pod that opts out');
  const pod: Pod = parse(POD);
  pod.metadata.labels = { ...pod.metadata.labels, 'outrigger.dev/inject': 'false' };
  const { response } = await review(gateway, ca, pod);
  say(`   label outrigger.dev/inject: "false" → allowed ${response.allowed}, no patch`);
  sayReason(response);
}

async function showRefusals(gateway: RunningGateway, ca: string): Promise<void> {
  title('3. Bad input is refused, with a sentence');
  const url = gateway.endpoint.webhookUrl;
  const cases: [string, string, string][] = [
    ['truncated JSON', url, '{"apiVersion": "admission.k8s.io/v1", "kind"'],
    ['another document', url, '{"apiVersion": "v1", "kind": "Pod"}'],
    ['a wrong token', `${url.slice(0, -4)}AAAA`, '{}'],
  ];
  for (const [what, to, body] of cases) {
    const { status, text } = await postJson(to, body, ca);
    say(`   ${what.padEnd(18)}→ ${paint('red', `HTTP ${status}`)} ${text.trim()}`);
  }
  const metadata = { name: 'x', annotations: { 'outrigger.dev/templates': 'nope' } };
  const { response } = await review(gateway, ca, { ...parse(POD), metadata });
  say(`   ${'unknown template'.padEnd(18)}→ ${paint('red', 'denied')} ${response.status?.message}`);
}

async function review(gateway: RunningGateway, ca: string, pod: Pod): Promise<Answer> {
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const request = {
    uid: crypto.randomUUID(),
    ...{ kind, resource, requestKind: kind, requestResource: resource, name: 'myapp-pod', namespace: 'default' },
    ...{ operation: 'CREATE', userInfo: { username: 'demo' }, object: pod, oldObject: null, dryRun: false },
  };
  const body = JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
  const { text } = await postJson(`${gateway.endpoint.webhookUrl}?timeout=3s`, body, ca);
  const answer: Answer = JSON.parse(text);
  return answer;
}

function sayReason(response: Answer['response']): void {
  const { reason = '', templates } = response.auditAnnotations ?? {};
  const sentence = Object.hasOwn(REASONS, reason) ? REASONS[reason as keyof typeof REASONS] : '';
  const line: { ms: number } = JSON.parse(log.at(-1) ?? '{}');
  say(`   reason ${paint('bold', reason)}: ${sentence}${templates === undefined ? '' : ` (${templates})`}`);
  say(`   time   ${line.ms} ms from event to answer`);
}

function paintDiff(diff: string): string {
  const colour = (line: string): string => {
    if (line.startsWith('+')) return paint('green', line);
    if (line.startsWith('-')) return paint('red', line);
    return line.startsWith('@@') ? paint('cyan', line) : line;
  };
  return diff.split('\n').slice(1).map(colour).join('\n');
}
