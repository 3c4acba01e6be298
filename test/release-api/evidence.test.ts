import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { type EvidenceApi, hostsHeard, openEvidenceApi } from '../support/evidence-api.ts';
import { CART, type EvidenceFleet } from '../support/evidence-fleet.ts';
import { CANARIES } from '../support/release-entry-point.ts';
import { releaseOf } from '../support/releases.ts';
import { at } from '../support/values.ts';

const SHOP_CART = `${CANARIES}/cart`;

/** The release API over what two environments of `discovery` leave. */
const open = (canary: Canary = releaseOf({ weight: 20, version: 7 })): Promise<EvidenceApi> =>
  openEvidenceApi(2, canary);

/** So many polls, one every three seconds, each with ten responses of stable and two of the canary, one of them 500. */
async function poll(fleet: EvidenceFleet, polls: number): Promise<void> {
  for (let i = 0; i < polls; i++) {
    const counts = {
      [`${CART}|stable.upstream_rq_completed`]: 10,
      [`${CART}|stable.upstream_rq_2xx`]: 10,
      [`${CART}|stable-only.upstream_rq_total`]: 10,
      [`${CART}|stable.upstream_rq_time`]: '15:6 3:4',
      [`${CART}|canary.upstream_rq_completed`]: 2,
      [`${CART}|canary.upstream_rq_5xx`]: 1,
      [`${CART}|canary.upstream_rq_2xx`]: 1,
      [`${CART}|canary-only.upstream_rq_total`]: 2,
    };
    const figures = [{ seq: fleet.now, version: fleet.version(), counts }];
    await fleet.poll(i, { pod: 'web-1' }, { figures, hosts: hostsHeard([3, 3, 1, 2]) });
    await fleet.poll(i, { pod: 'web-old' });
    fleet.now += 3_000;
  }
}

test('the evidence: windows of both tracks, newest first, and who told', async () => {
  const { api, fleet, sync } = await open();
  await poll(fleet, 4);
  sync(15);
  const { status, body } = await api.ask('GET', `${SHOP_CART}/evidence`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    apiVersion: 'outrigger.dev/v1alpha1',
    kind: 'CanaryEvidence',
    metadata: { name: 'cart', namespace: 'shop' },
    proxies: {
      ...{ reporting: 1, silent: 1, late: 0 },
      items: [
        {
          name: 'web-1',
          namespace: 'shop',
          counts: true,
          resourceVersion: '7',
          tracks: { canary: { responses: 8, errors: 4 } },
        },
      ],
    },
  });
  const seen = { fallbacks: 0, unanswered: 0, cut: 0, grpcFailures: 0 };
  expect(at(body, 'windows', 0)).toEqual({
    ...{ resourceVersion: '7', weights: { stable: 80, canary: 20 } },
    ...{ from: '2026-11-22T12:00:05.000Z', to: '2026-11-22T12:00:10.000Z' },
    tracks: {
      stable: {
        ...seen,
        responses: 20,
        errors: 0,
        latency: [
          [3, 8],
          [15, 12],
        ],
        healthyHosts: 3,
        hosts: 3,
      },
      canary: { ...seen, responses: 4, errors: 2, latency: [], healthyHosts: 1, hosts: 2 },
    },
  });
});

describe('pages', () => {
  test('of so many windows, each window on one of them', async () => {
    const { api, fleet, sync } = await open();
    await poll(fleet, 40);
    sync(30);
    const froms: unknown[] = [];
    let next = '';
    for (let page = 0; page < 20; page++) {
      const { body } = await api.ask('GET', `${SHOP_CART}/evidence`, { query: `limit=4&continue=${next}` });
      const windows = at(body, 'windows');
      if (Array.isArray(windows)) froms.push(...windows.map((window) => at(window, 'from')));
      const token = at(body, 'metadata', 'continue');
      if (token === undefined) break;
      next = String(token);
    }
    expect(froms).toHaveLength(24);
    expect(froms).toEqual(froms.toSorted().toReversed());
    expect(new Set(froms).size).toBe(24);
  });

  test('windows that are not closed are not told yet', async () => {
    const { api, fleet } = await open();
    await poll(fleet, 2);
    api.at(14.9);
    expect((await api.ask('GET', `${SHOP_CART}/evidence`)).body['windows']).toEqual([]);
    api.at(15);
    expect((await api.ask('GET', `${SHOP_CART}/evidence`)).body['windows']).toHaveLength(1);
  });

  test.each(['x', 'e30', 'a'.repeat(100)])('a token that is none: %s', async (token) => {
    const { api } = await open();
    expect((await api.ask('GET', `${SHOP_CART}/evidence`, { query: `continue=${token}` })).status).toBe(400);
  });

  test('of a canary that is not there: 404; nothing can be written there: 405', async () => {
    const { api } = await open();
    expect((await api.ask('GET', `${CANARIES}/pay/evidence`)).status).toBe(404);
    expect((await api.ask('PUT', `${SHOP_CART}/evidence`)).status).toBe(405);
  });
});

describe('conditions of proxies', () => {
  const conditions = async (
    told: object | undefined,
    figures?: readonly unknown[],
    caller = { namespace: 'shop', pod: 'web-1' },
  ): Promise<readonly unknown[]> => {
    const { api, fleet } = await open();
    await fleet.poll(0, caller, {
      ...(figures === undefined ? {} : { figures }),
      ...(told === undefined ? {} : { hosts: told }),
    });
    const { body } = await api.ask('GET', `${SHOP_CART}/proxies`);
    const list = body['conditions'];
    return Array.isArray(list)
      ? list.map((c) => [at(c, 'type'), at(c, 'status'), at(c, 'reason'), at(c, 'message')])
      : [];
  };
  const found = async (told: object | undefined, caller?: { namespace: string; pod: string }): Promise<unknown> =>
    (await conditions(told, [], caller)).find((c) => at(c, 0) === 'BackendsResolved');

  test.each<[string, object | undefined, string, string, RegExp]>([
    ['not heard', undefined, 'Unknown', 'NotHeard', /no proxy has told lately/],
    ['both', hostsHeard([3, 3, 1, 2]), 'True', 'Found', /3 of 3 stable hosts, 1 of 2 canary hosts healthy/],
    [
      'a mistyped canary',
      hostsHeard([3, 3, 0, 0]),
      'False',
      'NotFound',
      /no Pod of cart-canary \(canary\); is the name right/,
    ],
    [
      'both mistyped',
      hostsHeard([0, 0, 0, 0]),
      'False',
      'NotFound',
      /cart-stable \(stable\) and cart-canary \(canary\)/,
    ],
    [
      'no healthy Pod',
      hostsHeard([3, 3, 0, 2]),
      'False',
      'NoHealthyHosts',
      /no Pod of cart-canary \(canary\) that answers/,
    ],
  ])('BackendsResolved, %s', async (_, told, status, reason, message) => {
    expect(await found(told)).toEqual(['BackendsResolved', status, reason, expect.stringMatching(message)]);
  });

  test('what a Pod of another namespace finds informs where none that counts has told', async () => {
    expect(await found(hostsHeard([0, 0, 0, 0]), { namespace: 'evil', pod: 'x' })).toMatchObject([
      'BackendsResolved',
      'False',
      'NotFound',
      expect.anything(),
    ]);
  });

  test.each<[string, readonly unknown[] | undefined, string, string, RegExp]>([
    ['reporting', [], 'True', 'AllReport', /^1 of 1 proxies/],
    ['silent', undefined, 'False', 'SomeAreSilent', /^0 of 1 proxies .* restart their Pods/],
  ])('Reporting, %s', async (_, figures, status, reason, message) => {
    const all = await conditions(undefined, figures);
    expect(all.find((c) => at(c, 0) === 'Reporting')).toEqual([
      'Reporting',
      status,
      reason,
      expect.stringMatching(message),
    ]);
  });

  test('Reporting: not asked', async () => {
    const { api } = await open();
    const { body } = await api.ask('GET', `${SHOP_CART}/proxies`);
    expect(body['conditions']).toContainEqual(
      expect.objectContaining({ type: 'Reporting', status: 'Unknown', reason: 'NotAsked' }),
    );
  });
});
