import { createMutate } from '../../functions/admission/serve.ts';
import { createPathTokenVerifier } from '../../functions/http/path-token.ts';
import type { HttpResult } from '../../functions/http/result.ts';
import { generatePathTokenKeys, mintPathToken } from '../../functions/registration/path-token.ts';
import { createMemoryStore } from '../../functions/template/memory-store.ts';
import { createTemplateCache } from '../../functions/template/template-cache.ts';
import { reviewText } from './reviews.ts';
import { type Row, ratioToN } from './rows.ts';

/** Small, as in the peers' measurements: a container, an init container, a volume, a label, an annotation. */
const TEMPLATE = {
  apiVersion: 'outrigger.dev/v1alpha1',
  kind: 'SidecarTemplate',
  metadata: { name: 'small' },
  spec: {
    pod: {
      metadata: { labels: { sidecar: 'envoy' }, annotations: { 'example.com/scrape': 'true' } },
      spec: {
        initContainers: [{ name: 'init', image: 'busybox:1.37', command: ['sh', '-c', 'true'] }],
        containers: [
          {
            name: 'envoy',
            image: 'envoyproxy/envoy:v1.40.0',
            args: ['-c', '/etc/envoy/envoy.yaml', '--concurrency', '2'],
            ports: [{ containerPort: 15001, protocol: 'TCP' }],
            resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '64Mi' } },
            volumeMounts: [{ name: 'envoy-conf', mountPath: '/etc/envoy' }],
          },
        ],
        volumes: [{ name: 'envoy-conf', configMap: { name: 'envoy' } }],
      },
    },
  },
};

/** A mutate door with the small template, and how often its store was read. */
async function openDoor(): Promise<{ call: (body: string) => Promise<HttpResult>; reads: () => number }> {
  const memory = createMemoryStore();
  memory.put('small', TEMPLATE, 'stable');
  memory.putClusterRecord('c', { defaultTemplates: ['small'] });
  let reads = 0;
  const store = {
    ...memory,
    listTemplates: (...args: Parameters<typeof memory.listTemplates>) => {
      reads++;
      return memory.listTemplates(...args);
    },
  };
  const keys = await generatePathTokenKeys('bench');
  const options = { ttlMs: 30_000, readMs: 1_000, serveStale: true, now: Date.now, random: Math.random };
  const mutate = createMutate({
    verifyToken: createPathTokenVerifier({ keys: [keys.publicJwk] }, 'bench'),
    templates: createTemplateCache(store, { ...options, report: () => {} }),
    // The line is made as in the function; it just goes nowhere.
    log: (level, message, fields) => void JSON.stringify({ level, message, ...fields }),
    clock: () => performance.now(),
  });
  const rawPath = `/v1/mutate/c/${await mintPathToken(keys.privateJwk, 'bench', 'c', 1)}`;
  const headers = {
    'content-type': 'application/json',
    host: 'api.example.com',
    'user-agent': 'kube-apiserver-admission',
  };
  const call = async (body: string): Promise<HttpResult> => {
    const result = await mutate({
      version: '2.0',
      rawPath,
      rawQueryString: 'timeout=3s',
      headers,
      requestContext: { http: { method: 'POST', path: rawPath }, stage: '$default' },
      body,
      isBase64Encoded: false,
    });
    if (result.statusCode !== 200) throw new Error(`the door answered ${result.statusCode}: ${result.body}`);
    return result;
  };
  return { call, reads: () => reads };
}

/** The operations of an answer. */
function operationsOf(result: HttpResult): readonly unknown[] {
  const { response }: { response: { patch?: string } } = JSON.parse(result.body);
  return response.patch === undefined ? [] : JSON.parse(Buffer.from(response.patch, 'base64').toString());
}

/** The rows of design §9 about mutate with a small template. */
export async function mutateRows(): Promise<readonly Row[]> {
  const { call, reads } = await openDoor();
  const sizes = [
    { name: '3 KB review (fixed cost)', text: reviewText({ containers: 1, env: 5 }), goal: 1.3 },
    { name: '10 KB review', text: reviewText({ containers: 2, env: 36 }), goal: 1.0 },
    { name: '93 KB review', text: reviewText({ containers: 6, env: 130 }), goal: 0.8 },
    { name: '2,000 env vars', text: reviewText({ containers: 1, env: 2_000 }), goal: 0.9 },
  ];
  const rows: Row[] = [];
  const measured = new Map<string, { ms: number; bytes: number }>();
  for (const { name, text, goal } of sizes) {
    const { ratio, workMs } = await ratioToN(text, () => call(text));
    measured.set(name, { ms: workMs, bytes: text.length });
    rows.push({ name: `mutate, ${name} (${text.length} B), verified`, value: ratio, unit: '× N', goal });
  }
  const [small, large] = [measured.get('10 KB review'), measured.get('93 KB review')];
  if (small !== undefined && large !== undefined) {
    const slope = large.ms / small.ms / (large.bytes / small.bytes);
    rows.push({ name: 'slope 10 KB → 93 KB (cost ratio ÷ byte ratio)', value: slope, unit: '', goal: 1.0 });
  }
  const huge = reviewText({ containers: 40, env: 120, annotationBytes: 2_000_000 });
  const { workMs } = await ratioToN(huge, () => call(huge), huge.length * 5);
  rows.push({ name: `mutate, ${huge.length} B review, CPU`, value: workMs, unit: 'ms', goal: 60 });
  const bare = await call(reviewText({ containers: 1, env: 1 }));
  rows.push({
    name: 'operations: container, init container, volume, label, 2 annotations',
    value: operationsOf(bare).length,
    unit: '',
    goal: 6,
  });
  rows.push({ name: 'answer, small template', value: bare.body.length, unit: 'B' });
  const before = reads();
  for (let i = 0; i < 1_000; i++) await call(sizes[0]?.text ?? '');
  rows.push({ name: 'store reads per 1,000 warm injections', value: reads() - before, unit: '', goal: 1 });
  return rows;
}
