import { createMutate } from '../../functions/admission/serve.ts';
import { metricFields } from '../../functions/events/metrics.ts';
import type { HttpResult } from '../../functions/http/result.ts';
import { createPathTokenVerifier } from '../../functions/identity/path-token.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import { createLog } from '../../functions/log.ts';
import { generatePathTokenKeys, mintPathToken } from '../../functions/registration/keys/mint-path-token.ts';
import { createTemplateCache } from '../../functions/template-store/cache/template-cache.ts';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';

/** An entry point that is called like the function, and how often its store was read. */
export interface BenchEntryPoint {
  readonly call: (body: string) => Promise<HttpResult>;
  readonly reads: () => number;
}

/** A mutate entry point whose default template is this one. */
export async function openBenchEntryPoint(name: string, template: unknown): Promise<BenchEntryPoint> {
  const memory = createMemoryStore();
  memory.put(name, template, 'stable');
  memory.putClusterRecord('c', { defaultTemplates: [name] });
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
    templates: createTemplateCache(store, {
      ...options,
      report: ({ name: of, why }) => void process.stderr.write(`${of}: ${why}\n`),
    }),
    plan: createPlanMemo(),
    // The line is made as in the function; it just goes nowhere.
    log: createLog(() => {}, Date.now, metricFields),
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
    if (result.statusCode !== 200) throw new Error(`the entry point answered ${result.statusCode}: ${result.body}`);
    return result;
  };
  return { call, reads: () => reads };
}
