import { expect, test } from 'vitest';
import { warmUp } from '../../functions/admission/warm-up.ts';
import { createPathTokenVerifier } from '../../functions/identity/path-token.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import type { Log } from '../../functions/log.ts';
import { generatePathTokenKeys } from '../../functions/registration/keys/mint-path-token.ts';
import { createTemplateCache } from '../../functions/template-store/cache/template-cache.ts';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';
import { document } from '../contract/template-store.ts';

/** What a warm-up logs and which tokens it tries, with a fleet of one Kubernetes cluster, `c1`. */
async function warmUpWith(clusters: readonly string[]): Promise<{ lines: unknown[]; tokens: string[] }> {
  const store = createMemoryStore();
  store.put('envoy', document('envoy'), 'stable');
  store.putClusterRecord('c1', { defaultTemplates: ['envoy'] });
  const keys = await generatePathTokenKeys('k1');
  const jwks = { keys: [keys.publicJwk] };
  const verify = createPathTokenVerifier(jwks, 'f');
  const [lines, tokens]: [unknown[], string[]] = [[], []];
  const log: Log = ({ message }, fields) => void lines.push({ message, ...fields });
  const tools = {
    verifyToken: (cluster: string, token: string) => {
      tokens.push(token);
      return verify(cluster, token);
    },
    templates: createTemplateCache(store, {
      ...{ ttlMs: 30_000, readMs: 1_000, serveStale: true, now: Date.now, random: Math.random },
      report: ({ name, why }) => expect.fail(`${name}: ${why}`),
    }),
    plan: createPlanMemo(),
    log,
    clock: () => performance.now(),
  };
  await warmUp(tools, jwks, clusters);
  return { lines, tokens };
}

test('the way of a request is walked five times, from the review to the patch, with the first cluster held', async () => {
  const { lines, tokens } = await warmUpWith(['c1', 'c2']);
  expect(lines).toHaveLength(5);
  for (const line of lines) {
    expect(line).toMatchObject({ message: 'review', verdict: 'inject', reason: 'Injected', cluster: 'c1' });
  }
  expect(tokens).toHaveLength(1);
});

test('with no record held the keys alone are tried, by a token that is refused', async () => {
  const { lines, tokens } = await warmUpWith([]);
  expect(lines).toEqual([]);
  expect(tokens).toEqual([expect.stringMatching(/^[\w-]+\.e30\.A{86}$/)]);
});
