import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { canaryOf } from '../support/canaries.ts';
import { outrigger, type Run } from '../support/outrigger.ts';
import { releaseAt } from '../support/release-status.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'infra', 'cli', 'main.ts');
const CONDITION = { lastTransitionTime: '2026-11-22T12:00:00.000Z', observedGeneration: 1 };
const NONE = { responses: 0, errors: 0, grpcFailures: 0, fallbacks: 0, unanswered: 0, cut: 0, latency: [] };
const PROXIES = {
  ...{ resourceVersion: '7', seen: 12, converged: 11, lagging: 1, rejected: 0, refused: 0, confirmed: false },
  counted: { seen: 4, converged: 3, lagging: 1, rejected: 0, refused: 0 },
  names: { lagging: ['shop/web-3'], rejected: [] },
  conditions: [
    { type: 'Confirmed', status: 'False', reason: 'Waiting', message: '3 of 4 proxies run it' },
    { type: 'Reporting', status: 'True', reason: 'Reporting', message: '4 proxies report' },
  ],
};

/** A window of five seconds under a write. */
function windowOf(second: number, more: object): object {
  const from = new Date(Date.parse('2026-11-22T12:00:00.000Z') + second * 1_000).toISOString();
  return { resourceVersion: '7', weights: { stable: 80, canary: 20 }, from, to: from, ...more };
}

const EVIDENCE = {
  kind: 'CanaryEvidence',
  windows: [
    windowOf(10, {
      tracks: {
        stable: {
          ...NONE,
          responses: 81,
          latency: [
            [3, 80],
            [200, 1],
          ],
          healthyHosts: 3,
          hosts: 3,
        },
        canary: { ...NONE, responses: 19, errors: 1, fallbacks: 2, latency: [[9, 19]], healthyHosts: 1, hosts: 2 },
      },
    }),
    windowOf(5, { tracks: { stable: { ...NONE, responses: 79 }, canary: { ...NONE, responses: 21, cut: 1 } } }),
    // Of an earlier write: it is shown, and not measured.
    windowOf(0, {
      ...{ resourceVersion: '6', weights: { stable: 100, canary: 0 } },
      tracks: { stable: { ...NONE, responses: 500 }, canary: NONE },
    }),
  ],
};

/** What the release API answers; undefined: 404. */
let answers: Record<'canary' | 'proxies' | 'evidence', object | undefined>;
/** While set, every request is answered so. */
let trouble: number | undefined;
/** How often the canary was read. */
let looks = 0;
let server: http.Server;
let url = '';

beforeEach(async () => {
  const status = { phase: 'Progressing', weights: { stable: 80, canary: 20 } } as const;
  const known = {
    type: 'Initialized',
    status: 'True',
    reason: 'Learned',
    message: 'all know it',
    ...CONDITION,
  } as const;
  answers = {
    canary: canaryOf({ status: { ...status, conditions: [known] } }),
    proxies: PROXIES,
    evidence: EVIDENCE,
  };
  trouble = undefined;
  server = http.createServer((request, response) => {
    const last = request.url?.split('?')[0]?.split('/').at(-1);
    if (last === 'cart') looks++;
    const answer = answers[last === 'proxies' || last === 'evidence' ? last : 'canary'];
    response.statusCode = trouble ?? (answer === undefined ? 404 : 200);
    const status = { kind: 'Status', reason: 'NotFound', message: 'there is none' };
    response.end(JSON.stringify(response.statusCode === 200 ? answer : status));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** With a release whose step began a moment ago: its time goes by every second. */
const withRelease = (canary: Canary): Canary => {
  const release = releaseAt({ stepStartedAt: new Date().toISOString() });
  return { ...canary, status: { ...canary.status, release } };
};
const status = async (): Promise<Run> => await outrigger(['canary', 'status', 'cart', '-n', 'shop', '--url', url]);

describe('outrigger canary status', () => {
  test('weights set, served and measured, proxies, conditions and evidence', async () => {
    const { code, stdout } = await status();
    expect(code).toBe(0);
    expect(stdout).toBe(`\
Name:       cart
Namespace:  shop
Service:    cart:8080
Phase:      Progressing
Weights:    set 20%, served 20%, measured 20.0%
Proxies:    3 of 4 run the last write; shop/web-3 lags

CONDITION     STATUS   REASON      MESSAGE
Initialized   True     Learned     all know it
Confirmed     False    Waiting     3 of 4 proxies run it
Reporting     True     Reporting   4 proxies report

FROM       WEIGHT   STABLE   FAILED   P99     HOSTS   CANARY   FAILED   P99   HOSTS
12:00:10   20%      81       0        200ms   3/3     19       3        9ms   1/2
12:00:05   20%      79       0        -       -       21       1        -     -
12:00:00   0%       500      0        -       -       0        0        -     -
`);
  });

  test('the group is told where it is set', async () => {
    const canary = canaryOf();
    answers.canary = { ...canary, spec: { ...canary.spec, group: 'checkout' } };
    expect((await status()).stdout).toMatch(/^Service: {4}cart:8080\nGroup: {6}checkout\nPhase:/m);
  });

  test('the Kubernetes clusters of its release are told where there are several', async () => {
    const canary = canaryOf();
    answers.canary = { ...canary, spec: { ...canary.spec, clusters: { names: ['east', 'west'], order: 'AtOnce' } } };
    expect((await status()).stdout).toMatch(/\nClusters: {3}east, west \(AtOnce\)\nPhase:/m);
  });

  test('what is served is what was counted last, until proxies have confirmed what is set', async () => {
    answers.canary = canaryOf({ status: { phase: 'Progressing', weights: { stable: 50, canary: 50 } } });
    expect((await status()).stdout).toContain('Weights:    set 50%, served 20%, measured 20.0%\n');
    answers.proxies = { ...PROXIES, confirmed: true };
    expect((await status()).stdout).toContain('Weights:    set 50%, served 50%, measured 20.0%\n');
    [answers.proxies, answers.evidence] = [PROXIES, { ...EVIDENCE, windows: [] }];
    const { stdout } = await status();
    expect(stdout).toContain('Weights:    set 50%, served <unconfirmed>, measured <none>\n');
    expect(stdout).toContain('Evidence: none yet');
  });

  test('an older control plane keeps no evidence; everything else is shown', async () => {
    answers.evidence = undefined;
    const { code, stdout } = await status();
    expect(code).toBe(0);
    expect(stdout).toContain('Proxies:    3 of 4 run the last write');
    expect(stdout).toMatch(/\nEvidence: not known to this control plane\n$/);
  });

  test('text that would move the cursor is not printed as it is', async () => {
    const names = { lagging: ['shop/\u001b[2Jweb'], rejected: [] };
    answers.proxies = { ...PROXIES, names };
    expect((await status()).stdout).not.toContain('\u001b');
  });

  test('a canary that is not there, and an endpoint that is none of ours, are errors', async () => {
    answers.canary = undefined;
    expect(await status()).toMatchObject({ code: 1, stderr: expect.stringContaining('NotFound') });
    answers.canary = canaryOf();
    answers.evidence = { kind: 'Other' };
    expect(await status()).toMatchObject({ code: 1, stderr: expect.stringContaining('CanaryEvidence') });
  });

  test('-w shows it again when something has changed, and goes on while the endpoint is away', async () => {
    answers.canary = withRelease(canaryOf({ status: { phase: 'Progressing' } }));
    const watch = spawn(process.execPath, [MAIN, 'canary', 'status', 'cart', '-n', 'shop', '-w', '--url', url]);
    let seen = '';
    watch.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
    try {
      await expect.poll(() => seen, { timeout: 60_000 }).toContain('Step:       1/2 (setWeight 10%), for ');
      const before = looks;
      // That time goes by is no change.
      await expect.poll(() => looks, { timeout: 60_000 }).toBeGreaterThan(before + 1);
      expect(seen.match(/Name:/g)).toHaveLength(1);
      trouble = 503;
      await expect.poll(() => seen.match(/Name:/g)?.length).toBe(1);
      answers.canary = canaryOf({ status: { phase: 'Succeeded', weights: { stable: 0, canary: 100 } } });
      trouble = undefined;
      await expect.poll(() => seen, { timeout: 60_000 }).toContain('Phase:      Succeeded');
      expect(seen.match(/Name:/g)).toHaveLength(2);
      expect(watch.exitCode).toBeNull();
    } finally {
      watch.kill('SIGKILL');
    }
  });
});
