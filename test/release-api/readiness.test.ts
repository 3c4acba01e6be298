import { describe, expect, test } from 'vitest';
import { CanaryStoreError } from '../../functions/errors.ts';
import { CREATED_AT } from '../support/canaries.ts';
import { type EvidenceApi, type Hosts, hostsHeard, openEvidenceApi } from '../support/evidence-api.ts';
import type { Caller } from '../support/evidence-fleet.ts';
import { CANARIES, type Told } from '../support/release-entry-point.ts';
import { releaseOf } from '../support/releases.ts';

const SHOP_CART = `${CANARIES}/cart`;
const WEB: Caller = { pod: 'web-1' };

interface Opened extends EvidenceApi {
  /** Reports the hosts that a Pod finds. */
  tell(hosts: Hosts, caller?: Caller): Promise<void>;
  /** Sets the canary's share of 100. */
  set(share: number, query?: string): Promise<Told>;
}

/** A canary that proxies know, and proxies that report what they find. */
async function open(): Promise<Opened> {
  const opened = await openEvidenceApi(1, releaseOf({ atRest: true }));
  const { api, fleet, sync } = opened;
  fleet.now = CREATED_AT + 600_000;
  sync();
  return {
    ...opened,
    tell: async (hosts, caller = WEB) => {
      fleet.now += 3_000;
      await fleet.poll(0, caller, { hosts: hostsHeard(hosts) });
      sync();
    },
    set: (share, query = '') => {
      const backends = [
        { name: 'stable', weight: 100 - share },
        { name: 'canary', weight: share },
      ];
      return api.ask('PUT', `${SHOP_CART}/weights`, { body: { backends }, headers: { 'if-match': '*' }, query });
    },
  };
}

describe('a larger share is refused', () => {
  test.each<[string, Hosts, share: number, RegExp]>([
    [
      'without a Pod of the canary',
      [3, 3, 0, 0],
      10,
      /no healthy Pod of Service cart-canary \(canary\) \(NoCanaryHosts\)/,
    ],
    ['without a healthy one', [3, 3, 0, 2], 10, /\(NoCanaryHosts\)/],
    ['without a Pod of stable', [0, 0, 2, 2], 10, /no healthy Pod of Service cart-stable \(stable\) \(NoStableHosts\)/],
    [
      'with too few',
      [10, 10, 4, 9],
      50,
      /50 % of what 10 stable hosts serve wants 5 canary hosts, and there are 4 \(CanaryTooSmall\)/,
    ],
  ])('%s', async (_, hosts, share, message) => {
    const { api, tell, set } = await open();
    await tell(hosts);
    const { status, body } = await set(share);
    expect([status, body['reason']]).toEqual([409, 'Conflict']);
    expect(body['message']).toMatch(/^canaries\.outrigger\.dev "cart" cannot be changed like this: /);
    expect(body['message']).toMatch(message);
    expect(body['message']).toMatch(/\?force=true&reason=… sets it all the same$/);
    expect((await api.ask('GET', SHOP_CART)).body).toMatchObject({ status: { weights: { canary: 0 } } });
  });
});

describe('a share is set', () => {
  test.each<[string, Hosts, number]>([
    ['as small as the hosts are', [10, 10, 5, 5], 50],
    ['with one host of each', [1, 1, 1, 1], 100],
  ])('%s, without a warning', async (_, hosts, share) => {
    const { tell, set } = await open();
    await tell(hosts);
    const { status, headers } = await set(share);
    expect([status, headers['warning']]).toEqual([200, undefined]);
  });

  test('smaller, or none, whatever is found: it takes load off', async () => {
    const { tell, set } = await open();
    await tell([2, 2, 2, 2]);
    expect((await set(50)).status).toBe(200);
    await tell([2, 2, 0, 0]);
    expect([(await set(60)).status, (await set(20)).status, (await set(0)).status]).toEqual([409, 200, 200]);
  });

  test('as soon as the Pods are there', async () => {
    const { tell, set } = await open();
    await tell([2, 2, 0, 0]);
    expect((await set(50)).status).toBe(409);
    await tell([2, 2, 1, 1]);
    expect((await set(50)).status).toBe(200);
  });
});

describe('force', () => {
  test('sets it all the same, with the reason and what it went past in the audit', async () => {
    const { api, tell, set } = await open();
    await tell([2, 2, 0, 0]);
    expect((await set(50, 'force=true&reason=a%20drill')).status).toBe(200);
    const { body } = await api.ask('GET', `${SHOP_CART}/history`);
    expect(body['items']).toContainEqual(
      expect.objectContaining({ verb: 'setWeights', reason: 'forced past NoCanaryHosts: a drill' }),
    );
  });

  test.each([
    'force=true',
    'force=true&reason=',
    'force=yes&reason=x',
    `force=true&reason=${'x'.repeat(257)}`,
  ])('wants a reason: %s is 400', async (query) => {
    const { tell, set } = await open();
    await tell([2, 2, 0, 0]);
    expect((await set(50, query)).status).toBe(400);
  });

  test('an Idempotency-Key of a request without it is another request’s', async () => {
    const { api, tell } = await open();
    await tell([2, 2, 2, 2]);
    const backends = [
      { name: 'stable', weight: 50 },
      { name: 'canary', weight: 50 },
    ];
    const headers = { 'if-match': '*', 'idempotency-key': 'k' };
    const ask = (query: string): Promise<Told> =>
      api.ask('PUT', `${SHOP_CART}/weights`, { body: { backends }, headers, query });
    expect([(await ask('')).status, (await ask('')).status, (await ask('force=true&reason=x')).status]).toEqual([
      200, 200, 422,
    ]);
  });
});

describe('what is not known warns and refuses nothing', () => {
  const warning = /^299 - "whether both backends have healthy Pods is not known: /;

  test('no proxy has told', async () => {
    const { set } = await open();
    const { status, headers } = await set(10);
    expect(status).toBe(200);
    expect(headers['warning']).toMatch(warning);
  });

  test('it was told long ago', async () => {
    const { fleet, sync, tell, set } = await open();
    await tell([2, 2, 0, 0]);
    fleet.now += 11 * 60_000;
    sync();
    expect((await set(10)).status).toBe(200);
  });

  test('only a Pod of another namespace has told: it holds no release up', async () => {
    const { tell, set } = await open();
    await tell([2, 2, 0, 0], { namespace: 'evil', pod: 'x' });
    const { status, headers } = await set(10);
    expect(status).toBe(200);
    expect(headers['warning']).toMatch(/only proxies that do not count have told; they find 0 healthy canary hosts/);
  });

  test('of two Pods one finds hosts', async () => {
    const { tell, set } = await open();
    await tell([2, 2, 0, 0]);
    await tell([2, 2, 2, 2], { pod: 'web-2' });
    expect((await set(50)).status).toBe(200);
  });

  test('the store cannot be read', async () => {
    const { fleet, tell, set } = await open();
    await tell([2, 2, 0, 0]);
    fleet.store.readHosts = async () => Promise.reject(new CanaryStoreError('throttled'));
    const { status, headers } = await set(10);
    expect(status).toBe(200);
    expect(headers['warning']).toMatch(warning);
  });
});
