import { createTwoFilesPatch } from 'diff';
import { parse, stringify } from 'yaml';
import { REASONS } from '../../../functions/injection/decide/reasons.ts';
import { postJson } from './https-client.ts';
import { paint, say, title } from './print.ts';
import { type Answer, type Demo, type Pod, patched, review } from './review.ts';

/** The Pod of the seed document. */
export const POD = `apiVersion: v1
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

/** Part 1: what becomes of a Pod, by which operations, and why. */
export async function showInjection(demo: Demo): Promise<void> {
  title("1. The seed's Pod, as a kube-apiserver sends it");
  const pod: Pod = parse(POD);
  const answer = await review(demo, pod);
  const { operations, after } = patched(pod, answer);
  const text = (value: unknown): string => stringify(value, { lineWidth: 0 });
  say(
    paintDiff(
      createTwoFilesPatch('myapp-pod (sent)', 'myapp-pod (injected)', text(pod), text(after), '', '', { context: 20 }),
    ),
  );
  title('   The operations (JSON Patch, RFC 6902), verified before they left');
  for (const { op, path } of operations) say(`   ${op.padEnd(8)}${path}`);
  sayReason(demo, answer.response);
  title('   The same Pod sent again, now injected');
  const again = await review(demo, after);
  sayReason(demo, again.response);
}

/** Part 2: a Pod that is left alone. */
export async function showSkip(demo: Demo): Promise<void> {
  title('2. A Pod that opts out');
  const pod: Pod = parse(POD);
  pod.metadata.labels = { ...pod.metadata.labels, 'outrigger.dev/inject': 'false' };
  const { response } = await review(demo, pod);
  say(`   label outrigger.dev/inject: "false" → allowed ${response.allowed}, no patch`);
  sayReason(demo, response);
}

/** Part 3: what is refused. */
export async function showRefusals(demo: Demo): Promise<void> {
  title('3. Bad input is refused, with a sentence');
  const url = demo.gateway.endpoint.webhookUrl;
  const cases: [string, string, string][] = [
    ['truncated JSON', url, '{"apiVersion": "admission.k8s.io/v1", "kind"'],
    ['another document', url, '{"apiVersion": "v1", "kind": "Pod"}'],
    ['a wrong token', `${url.slice(0, -4)}AAAA`, '{}'],
  ];
  for (const [what, to, body] of cases) {
    const { status, text } = await postJson(to, body, demo.ca);
    say(`   ${what.padEnd(18)}→ ${paint('red', `HTTP ${status}`)} ${text.trim()}`);
  }
  const metadata = { name: 'x', annotations: { 'outrigger.dev/templates': 'nope' } };
  const { response } = await review(demo, { ...parse(POD), metadata });
  say(`   ${'unknown template'.padEnd(18)}→ ${paint('red', 'denied')} ${response.status?.message}`);
}

function sayReason({ log }: Demo, response: Answer['response']): void {
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
