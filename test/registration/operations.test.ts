import { beforeEach, describe, expect, test } from 'vitest';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { ClusterApiError } from '../../functions/kube-api/cluster-api.ts';
import { createMemoryKeyStore } from '../../functions/registration/keys/memory-key-store.ts';
import { generatePathTokenKeys } from '../../functions/registration/keys/mint-path-token.ts';
import { PLACES } from '../../functions/registration/objects/registered-objects.ts';
import { registeredUrl } from '../../functions/registration/objects/registered-url.ts';
import { readStatus } from '../../functions/registration/read-status.ts';
import { createMemoryRecordStore } from '../../functions/registration/record/memory-record-store.ts';
import type { RecordDocument } from '../../functions/registration/record/record-store.ts';
import { registerCluster } from '../../functions/registration/register-cluster.ts';
import {
  type RegistrarTools,
  RegistrationError,
  type RegistrationSpec,
} from '../../functions/registration/registrar.ts';
import { rotateCluster } from '../../functions/registration/rotate-cluster.ts';
import { unregisterCluster } from '../../functions/registration/unregister-cluster.ts';
import { verifyCluster } from '../../functions/registration/verify-cluster.ts';
import {
  API_SERVERS_FOLLOW_MS,
  API_SERVERS_SETTLE_MS,
  CACHES_FOLLOW_MS,
  NEW_RECORD_FOLLOW_MS,
} from '../../functions/registration/waits.ts';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';
import { createMemoryCluster, type MemoryCluster } from '../support/memory-cluster.ts';
import { at } from '../support/values.ts';

const { privateJwk } = await generatePathTokenKeys('k1');
const signal = new AbortController().signal;
const TARGET = { fleet: 'shop', cluster: 'eu-1' };
const HOW = { force: false, dryRun: false };
const template = {
  apiVersion: 'outrigger.dev/v1alpha1',
  kind: 'SidecarTemplate',
  metadata: { name: 'mesh' },
  spec: { pod: { spec: { containers: [{ name: 'mesh', image: 'mesh:1' }] } } },
};

let cluster: MemoryCluster;
let records: Map<string, RecordDocument>;
let probes: string[];
let waits: number[];
let said: string[];
let tools: RegistrarTools;
/** Milliseconds: the first record of a test is of epoch 1, and another one of the same test is not. */
let now: number;

beforeEach(() => {
  cluster = createMemoryCluster();
  records = new Map();
  [probes, waits, said] = [[], [], []];
  now = 1_000;
  const templates = createMemoryStore();
  templates.put('mesh', template, 'stable');
  tools = {
    api: cluster,
    records: createMemoryRecordStore(records),
    keys: createMemoryKeyStore({ generation: 1, privateKeys: [privateJwk] }),
    templates,
    probe: async (url) => {
      probes.push(url);
      return undefined;
    },
    now: () => now,
    wait: async (ms) => void waits.push(ms),
    say: (line) => void said.push(line),
  };
});

const spec = (more: Partial<RegistrationSpec> = {}): RegistrationSpec => ({
  ...TARGET,
  endpoint: { url: 'https://api.example' },
  ...{ failurePolicy: 'Ignore', reinvocationPolicy: 'Never', timeoutSeconds: 3, companionPolicy: 'Warn' },
  record: { defaultTemplates: ['mesh'] },
  ...more,
});
const urlNow = (): unknown => registeredUrl(cluster.objects.get(PLACES.webhook.path));
const register = async (more: Partial<RegistrationSpec> = {}, how = HOW): ReturnType<typeof registerCluster> =>
  await registerCluster(spec(more), tools, how, signal);

describe('register', () => {
  test('tries everything before it changes anything, then webhook, policy, binding', async () => {
    const report = await register();
    const kinds = ['mutatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings'];
    expect(cluster.calls).toEqual([...kinds.map((k) => `dry ${k}`), ...kinds.map((k) => `apply ${k}`)]);
    expect(report).toMatchObject({ epoch: 1, warnings: [] });
    expect(records.get('eu-1')).toEqual({
      audience: 'outrigger/shop',
      defaultTemplates: ['mesh'],
      discovery: { host: 'api.example', port: 443, refreshes: ['30s'] },
      epoch: 1,
      minEpoch: 1,
      podSecurity: { default: 'privileged', namespaces: {} },
      registration: {
        endpoint: { url: 'https://api.example' },
        ...{ failurePolicy: 'Ignore', reinvocationPolicy: 'Never', timeoutSeconds: 3, companionPolicy: 'Warn' },
      },
    });
    // No token in what people read.
    expect(JSON.stringify([report, said])).not.toContain('eyJ');
  });

  test.each<[string, Partial<RegistrationSpec>, RegExp]>([
    ['an endpoint over HTTP', { endpoint: { url: 'http://api.example' } }, /https:\/\/host/],
    ['an endpoint with a slash at its end', { endpoint: { url: 'https://api.example/' } }, /without a slash/],
    ['an endpoint with a query', { endpoint: { url: 'https://api.example?x=1' } }, /https:\/\/host/],
    ['an endpoint with a user', { endpoint: { url: 'https://a:b@api.example' } }, /https:\/\/host/],
    ['a timeout of 0', { timeoutSeconds: 0 }, /from 1 to 30/],
    ['a timeout of 31', { timeoutSeconds: 31 }, /from 1 to 30/],
    ['a record that functions would refuse', { record: { clusterDomain: '-' } }, /clusterDomain: must be a DNS domain/],
  ])('refuses %s, and nothing was done', async (_case, more, words) => {
    const refusal = register(more);
    await expect(refusal).rejects.toThrow(RegistrationError);
    await expect(refusal).rejects.toThrow(words);
    expect([cluster.calls, records.size]).toEqual([[], 0]);
  });

  test('an endpoint that does not answer: nothing is applied, and a record that is in use stays as it is', async () => {
    const good = tools;
    tools = { ...tools, probe: async () => 'it refuses connections' };
    await expect(register()).rejects.toThrow(/nothing was applied: .*it refuses connections/);
    expect(cluster.objects.size).toBe(0);
    tools = good;
    await register();
    const before = structuredClone(records.get('eu-1'));
    tools = { ...tools, probe: async () => 'it refuses connections' };
    await expect(register({ record: { defaultTemplates: [] } })).rejects.toThrow(/nothing was applied/);
    expect(records.get('eu-1')).toEqual(before);
  });

  test('the first review finds the record: whoever asked in vain would not ask again for a while', async () => {
    const found: unknown[] = [];
    tools = { ...tools, probe: async () => void found.push(records.get('eu-1')?.['defaultTemplates']) };
    await register();
    await register({ record: { defaultTemplates: [] } });
    expect(found).toEqual([['mesh'], ['mesh']]);
  });

  test('a URL with no token of ours calls nobody either: the record comes first', async () => {
    await register();
    const foreign = JSON.parse(JSON.stringify(cluster.objects.get(PLACES.webhook.path)));
    foreign.webhooks[0].clientConfig.url = 'https://elsewhere.example/mutate';
    cluster.objects.set(PLACES.webhook.path, foreign);
    records.clear();
    tools = { ...tools, probe: async () => void probes.push(records.has('eu-1') ? 'found' : 'missing') };
    probes.length = 0;
    await register();
    expect(probes).toEqual(['found']);
  });

  test('no signing keys yet: says what to do first', async () => {
    tools = { ...tools, keys: createMemoryKeyStore() };
    await expect(register()).rejects.toThrow(/no signing keys yet: deploy it/);
  });

  test.each<[string, Error, RegExp]>([
    [
      'a conflict',
      new ClusterApiError(409, 'Conflict', 'Apply failed with 1 conflict: conflict with "gitops": .webhooks'),
      /conflict with "gitops".*--force-conflicts/,
    ],
    [
      'the policy of GKE against URLs',
      new ClusterApiError(
        422,
        'Invalid',
        "ValidatingAdmissionPolicy 'x' denied request: clientConfig.url is not allowed",
      ),
      /On GKE that is control-plane egress NONE.*VIA_CONTROL_PLANE/,
    ],
    ['another refusal', new ClusterApiError(403, 'Forbidden', 'no'), /^no$/],
  ])('%s is found before anything is changed', async (_case, refusal, words) => {
    cluster.refusal = refusal;
    await expect(register()).rejects.toThrow(words);
    expect([cluster.objects.size, records.size]).toEqual([0, 0]);
  });

  test('Fail from the start is done, with a warning; later there is none', async () => {
    expect((await register({ failurePolicy: 'Fail' })).warnings).toEqual([
      expect.stringContaining('Fail from the start'),
    ]);
    expect((await register({ failurePolicy: 'Fail' })).warnings).toEqual([]);
  });

  test('an epoch is never lowered: not by a lost record, not by a deployment', async () => {
    records.set('eu-1', { epoch: 4, minEpoch: 3, defaultTemplates: ['mesh'] });
    expect(await register()).toMatchObject({ epoch: 4 });
    expect(records.get('eu-1')).toMatchObject({ epoch: 4, minEpoch: 3 });
    records.delete('eu-1');
    expect(await register()).toMatchObject({ epoch: 5 });
    expect(records.get('eu-1')).toMatchObject({ epoch: 5, minEpoch: 5 });
  });

  test('a new record begins with the Unix time, and accepts nothing of before it', async () => {
    now = Date.parse('2026-11-30T00:00:00.999Z');
    const epoch = Date.parse('2026-11-30T00:00:00Z') / 1_000;
    expect(await register()).toMatchObject({ epoch });
    const [first] = probes;
    await unregisterCluster(TARGET, tools, { removeRecord: true }, signal);
    expect(records.size).toBe(0);
    now += 60_000;
    expect(await register()).toMatchObject({ epoch: epoch + 60 });
    expect(records.get('eu-1')).toMatchObject({ epoch: epoch + 60, minEpoch: epoch + 60 });
    expect([urlNow() === first, probes.length]).toEqual([false, 2]);
    // The next rotation counts on from there.
    expect(await rotateCluster(TARGET, tools, { force: false }, signal)).toMatchObject({ epoch: epoch + 61 });
  });

  test('the record is there before any trial, also where a URL of ours was left in the cluster', async () => {
    const tried: unknown[] = [];
    const { probe } = tools;
    tools = {
      ...tools,
      probe: async (url, ca, s) => {
        tried.push(records.get('eu-1')?.['minEpoch']);
        return await probe(url, ca, s);
      },
    };
    await register();
    records.delete('eu-1');
    now += 60_000;
    await register();
    expect(tried).toEqual([1, 61]);
  });

  test('a dry run without a record tries no URL, because none would be answered, and says so', async () => {
    const { warnings } = await register({}, { force: false, dryRun: true });
    expect([probes, records.size]).toEqual([[], 0]);
    expect(warnings).toEqual([expect.stringContaining('it answers only for clusters that have a record')]);
  });

  test('an endpoint that found no record a moment ago is tried again, once', async () => {
    let refusals = 1;
    const probe: RegistrarTools['probe'] = async () => (refusals-- > 0 ? 'does not accept the token (403)' : undefined);
    tools = { ...tools, probe };
    await register();
    expect(waits).toEqual([NEW_RECORD_FOLLOW_MS]);
    records.clear();
    refusals = 2;
    await expect(register()).rejects.toThrow('does not accept the token');
  });

  test.each<[string, () => Promise<unknown>]>([
    ['verify', async () => await verifyCluster(TARGET, tools, signal)],
    ['unregister', async () => await unregisterCluster(TARGET, tools, { removeRecord: false }, signal)],
    ['rotate', async () => await rotateCluster(TARGET, tools, { force: false }, signal).catch(() => undefined)],
  ])('%s meets a record that is being deleted: none is left that accepts old tokens', async (_verb, run) => {
    now = 1_000_000;
    await register();
    const { updateRecord } = tools.records;
    const deletedFirst: typeof updateRecord = async (name, change, s) => {
      records.delete(name);
      return await updateRecord(name, change, s);
    };
    tools = { ...tools, records: { ...tools.records, updateRecord: deletedFirst } };
    await run();
    expect(Number(records.get('eu-1')?.['minEpoch'] ?? 1_000)).toBeGreaterThanOrEqual(1_000);
  });

  test('a rotation that begins meanwhile has its newer token registered', async () => {
    await register();
    const first = urlNow();
    let isFirst = true;
    const inner = tools.records;
    const updateRecord: typeof inner.updateRecord = async (name, change, s) => {
      if (isFirst) records.set(name, { ...records.get(name), epoch: 2 });
      isFirst = false;
      return await inner.updateRecord(name, change, s);
    };
    tools = { ...tools, records: { ...inner, updateRecord } };
    expect(await register()).toMatchObject({ epoch: 2 });
    expect(urlNow()).not.toBe(first);
  });

  test.each<[string, RecordDocument, RecordDocument, boolean]>([
    ['another cluster has it', { issuer: 'https://i.example' }, { issuer: 'https://i.example' }, false],
    ['only one has keys', { issuer: 'i', jwks: keys('a') }, { issuer: 'i' }, false],
    ['both have the same keys', { issuer: 'i', jwks: keys('a') }, { issuer: 'i', jwks: keys('a') }, false],
    ['they share one kid', { issuer: 'i', jwks: keys('a', 'b') }, { issuer: 'i', jwks: keys('b') }, false],
    ['each has keys of its own', { issuer: 'i', jwks: keys('a') }, { issuer: 'i', jwks: keys('b') }, true],
    ['theirs is another', { issuer: 'https://i.example' }, { issuer: 'https://j.example' }, true],
  ])('an issuer, where %s', async (_case, ours, theirs, isGood) => {
    records.set('eu-2', theirs);
    const done = register({ record: ours });
    if (isGood) await expect(done).resolves.toBeDefined();
    else await expect(done).rejects.toThrow(/is that of cluster eu-2 too/);
  });

  test('discovery follows the endpoint, unless somebody set it', async () => {
    await register();
    records.set('eu-1', { ...records.get('eu-1'), discovery: { host: 'api.example', refresh: '10s' } });
    await register({ endpoint: { url: 'https://next.example:8443/stage' }, record: {} });
    expect(records.get('eu-1')?.['discovery']).toEqual({
      host: 'next.example',
      port: 8443,
      refresh: '10s',
      refreshes: ['30s', '10s'],
    });
    const own = { host: 'url.lambda.example', ca: 'system' };
    await register({ record: { discovery: own } });
    await register();
    expect(records.get('eu-1')?.['discovery']).toEqual({ ...own, refreshes: ['30s', '10s'] });
    await register({ cluster: 'eu-2', keepsDiscovery: true });
    expect(records.get('eu-2')).not.toHaveProperty('discovery');
  });

  test('discovery at a place of its own comes and goes with what is asked for', async () => {
    const discoveryNow = (): unknown => records.get('eu-1')?.['discovery'];
    await register({ discovery: 'https://f.lambda-url.example' });
    const refreshes = ['30s'];
    expect(discoveryNow()).toEqual({ host: 'f.lambda-url.example', port: 443, refreshes });
    await register();
    expect(discoveryNow()).toEqual({ host: 'api.example', port: 443, refreshes });
    await register({ record: { discovery: { host: 'somebody.example', refresh: '10s' } } });
    await register({ discovery: 'https://f.lambda-url.example' });
    expect(discoveryNow()).toEqual({
      host: 'f.lambda-url.example',
      port: 443,
      refresh: '10s',
      refreshes: ['30s', '10s'],
    });
  });

  describe('discovery at a place that is meant for new clusters', () => {
    const given = { discovery: 'https://f.lambda-url.example', discoveryScope: 'NewClusters' } as const;
    const hostNow = (): unknown => at(records.get('eu-1'), 'discovery', 'host');

    test('is that of a cluster without a host, and stays, whatever registers it again', async () => {
      await register(given);
      await register({ ...given, discovery: 'https://g.lambda-url.example' });
      expect(hostNow()).toBe('g.lambda-url.example');
      // From then on it is not given: the endpoint, as for every cluster that polls there.
      await register();
      expect(hostNow()).toBe('api.example');
    });

    test('is not that of a cluster that polls the endpoint, and follows it as before', async () => {
      await register();
      await register(given);
      expect(hostNow()).toBe('api.example');
      expect(records.get('eu-1')).not.toHaveProperty('registration.discovery');
      await register({ ...given, endpoint: { url: 'https://next.example' } });
      expect(hostNow()).toBe('next.example');
      await register({ discovery: given.discovery });
      expect(hostNow()).toBe('f.lambda-url.example');
    });

    test('is not that of a cluster whose host an operator chose', async () => {
      await register({ record: { discovery: { host: 'container.example' } } });
      await register(given);
      expect(hostNow()).toBe('container.example');
    });
  });

  test('every refresh that discovery had is kept, the eight longest, because Pods poll as they were injected', async () => {
    const kept = async (refresh: string | undefined): Promise<unknown> => {
      const discovery = { host: 'h.example', ...(refresh === undefined ? {} : { refresh }) };
      await register({ record: { discovery } });
      return at(records.get('eu-1'), 'discovery', 'refreshes');
    };
    expect(await kept('10m')).toEqual(['600s']);
    expect(await kept('5s')).toEqual(['600s', '5s']);
    expect(await kept(undefined)).toEqual(['600s', '30s', '5s']);
    // By hand, with what was kept left as it is; then by hand, without.
    for (const more of [{ refreshes: ['600s', '5s'] }, {}]) {
      records.set('eu-1', { ...records.get('eu-1'), discovery: { host: 'h.example', refresh: '0.5m', ...more } });
      await register();
      const all = 'refreshes' in more ? ['600s', '30s', '5s'] : ['30s'];
      expect(at(records.get('eu-1'), 'discovery', 'refreshes')).toEqual(all);
    }
    for (let i = 1; i <= 9; i++) await kept(`${i}s`);
    const eight = ['30s', '9s', '8s', '7s', '6s', '5s', '4s', '3s'];
    expect(at(records.get('eu-1'), 'discovery', 'refreshes')).toEqual(eight);
    expect(parseClusterRecord(records.get('eu-1'))).toMatchObject({ valid: true });
  });

  test('nothing to look for: no policy, and a warning', async () => {
    const { warnings } = await register({ record: {} });
    expect(warnings).toEqual([expect.stringContaining('names no default template')]);
    expect([...cluster.objects.keys()]).toEqual([PLACES.webhook.path]);
  });

  test('None takes the policy away', async () => {
    await register();
    expect((await register({ companionPolicy: 'None' })).changes.join()).toMatch(/binding.* deleted.*polic.* deleted/);
    expect(cluster.objects.size).toBe(1);
  });

  test('under Deny the webhook is in force first, and while the stage moves nothing is refused', async () => {
    await register({ companionPolicy: 'Deny' });
    expect(waits).toEqual([API_SERVERS_SETTLE_MS]);
    cluster.calls.length = 0;
    await register({ companionPolicy: 'Deny', namespaces: ['a'] });
    expect(cluster.calls.filter((c) => c.startsWith('apply'))).toEqual([
      'apply validatingadmissionpolicybindings',
      'apply mutatingwebhookconfigurations',
      'apply validatingadmissionpolicies',
      'apply validatingadmissionpolicybindings',
    ]);
    expect(waits.slice(1)).toEqual([API_SERVERS_SETTLE_MS, API_SERVERS_SETTLE_MS, CACHES_FOLLOW_MS]);
  });

  test('under Deny a policy that asks for more waits until functions give it; one that is the same does not', async () => {
    await register({ companionPolicy: 'Deny' });
    waits.length = 0;
    await register({ companionPolicy: 'Deny' });
    expect(waits).toEqual([]);
    await register({ companionPolicy: 'Deny', record: { policy: 'disabled' } });
    expect(waits).toEqual([CACHES_FOLLOW_MS]);
  });
});

describe('an endpoint that cannot be reached from here', () => {
  beforeEach(() => {
    tools = {
      ...tools,
      probe: async (url) => {
        probes.push(url);
        return 'it cannot be reached (ETIMEDOUT)';
      },
    };
  });

  test('is registered untried, in a dry run too, with a warning; the record keeps it', async () => {
    expect((await register({ selfTest: 'None' }, { force: false, dryRun: true })).warnings).toHaveLength(1);
    const { warnings } = await register({ selfTest: 'None' });
    expect([probes, warnings]).toEqual([[], [expect.stringMatching(/was not tried.*outrigger cluster verify$/)]]);
    expect(records.get('eu-1')).toMatchObject({ registration: { selfTest: 'None' } });
    expect(urlNow()).toMatch(/^https:\/\/api\.example\//);
    await expect(register()).rejects.toThrow(/nothing was applied/);
  });

  test('is rotated, with a warning, and verify says where to run it', async () => {
    await register({ selfTest: 'None' });
    const rotation = await rotateCluster(TARGET, tools, { force: false }, signal);
    expect(rotation).toMatchObject({
      epoch: 2,
      warnings: [expect.stringMatching(/^neither token was tried .*ETIMEDOUT/)],
    });
    const { findings } = await verifyCluster(TARGET, tools, signal);
    expect(findings).toEqual([{ object: 'endpoint', message: expect.stringMatching(/ETIMEDOUT.*inside its network/) }]);
    tools = { ...tools, probe: async () => undefined };
    expect((await verifyCluster(TARGET, tools, signal)).findings).toEqual([]);
    // Where it answers, what it says holds.
    expect((await rotateCluster(TARGET, tools, { force: false }, signal)).warnings).toEqual([
      expect.stringContaining('still accepted'),
    ]);
  });
});

describe('rotate', () => {
  test('new URL, wait, lowest epoch, wait, and the old URL is tried', async () => {
    await register();
    const old = urlNow();
    tools = { ...tools, probe: async (url) => (url === old && waits.length === 2 ? 'refused' : undefined) };
    expect(await rotateCluster(TARGET, tools, { force: false }, signal)).toEqual({
      ...{ from: 1, epoch: 2, isResumed: false, warnings: [] },
    });
    expect(waits).toEqual([API_SERVERS_FOLLOW_MS, CACHES_FOLLOW_MS]);
    expect(records.get('eu-1')).toMatchObject({ epoch: 2, minEpoch: 2 });
    expect(urlNow()).not.toBe(old);
  });

  test('an old token that is still accepted is said', async () => {
    await register();
    const { warnings } = await rotateCluster(TARGET, tools, { force: false }, signal);
    expect(warnings).toEqual([expect.stringContaining('still accepted')]);
  });

  test.each([1, 2])('cut short in wait %i it goes on: at the same epoch, or is over', async (at) => {
    await register();
    const wait = async (ms: number): Promise<void> => {
      waits.push(ms);
      if (waits.length === at) throw new DOMException('over', 'TimeoutError');
    };
    await expect(rotateCluster(TARGET, { ...tools, wait }, { force: false }, signal)).rejects.toThrow('over');
    expect(records.get('eu-1')?.['minEpoch'] ?? 1).toBe(at);
    const again = await rotateCluster(TARGET, tools, { force: false }, signal);
    expect(again).toMatchObject(at === 1 ? { epoch: 2, isResumed: true } : { epoch: 3, isResumed: false });
  });

  test('an older URL that somebody applied meanwhile keeps its token good', async () => {
    await register();
    const before = structuredClone(cluster.objects.get(PLACES.webhook.path));
    const wait = async (): Promise<void> => {
      if (before !== undefined) cluster.objects.set(PLACES.webhook.path, before);
    };
    const rotation = rotateCluster(TARGET, { ...tools, wait }, { force: false }, signal);
    await expect(rotation).rejects.toThrow(/changed meanwhile \(it is for epoch 1 .*Run rotate again/);
    expect(records.get('eu-1')?.['minEpoch']).toBe(1);
  });

  test('an endpoint that does not answer under the new URL changes nothing', async () => {
    await register();
    const old = urlNow();
    tools = { ...tools, probe: async () => 'it answers 403' };
    await expect(rotateCluster(TARGET, tools, { force: false }, signal)).rejects.toThrow(/nothing was changed/);
    expect([urlNow(), records.get('eu-1')?.['epoch']]).toEqual([old, 1]);
  });

  test('what is not registered cannot be rotated or verified', async () => {
    await expect(rotateCluster(TARGET, tools, { force: false }, signal)).rejects.toThrow(/not registered/);
    await expect(verifyCluster(TARGET, tools, signal)).rejects.toThrow(/not registered/);
  });
});

describe('verify and status', () => {
  test('a URL that leads elsewhere is never asked', async () => {
    await register();
    const webhook = structuredClone(cluster.objects.get(PLACES.webhook.path));
    cluster.objects.set(PLACES.webhook.path, {
      ...JSON.parse(JSON.stringify(webhook).replace('https://api.example/', 'https://api.example.evil/')),
    });
    probes.length = 0;
    const { findings } = await verifyCluster(TARGET, tools, signal);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.message).toContain('should be epoch 1 at https://api.example');
    expect(JSON.stringify(findings)).not.toContain('eyJ');
    await readStatus(TARGET, tools, signal);
    expect(probes).toEqual([]);
  });

  test('an endpoint that does not answer is a finding, and stands in the status', async () => {
    await register();
    tools = { ...tools, probe: async () => 'it answers 500' };
    expect((await verifyCluster(TARGET, tools, signal)).findings).toEqual([
      { object: 'endpoint', message: 'it answers 500' },
    ]);
    expect(await readStatus(TARGET, tools, signal)).toMatchObject({
      ...{ isRegistered: true, epoch: 1, minEpoch: 1, isRotating: false, hasPolicy: true, trouble: 'it answers 500' },
    });
  });

  test('a newer key of the same epoch is said as what it is', async () => {
    await register();
    const next = await generatePathTokenKeys('k2');
    const ring = { generation: 2, privateKeys: [privateJwk, next.privateJwk] };
    tools = { ...tools, keys: createMemoryKeyStore(ring) };
    const { findings } = await verifyCluster(TARGET, tools, signal);
    expect(findings.map((f) => f.message)).toEqual([expect.stringMatching(/by the newest key: register again$/)]);
  });
});

describe('unregister', () => {
  test('binding, policy, webhook, a wait, and only then the token', async () => {
    await register();
    cluster.calls.length = 0;
    const minEpochs: unknown[] = [];
    const wait = async (ms: number): Promise<void> => {
      waits.push(ms);
      minEpochs.push(records.get('eu-1')?.['minEpoch']);
    };
    await unregisterCluster(TARGET, { ...tools, wait }, { removeRecord: false }, signal);
    expect(cluster.calls).toEqual([
      'delete validatingadmissionpolicybindings',
      'delete validatingadmissionpolicies',
      'delete mutatingwebhookconfigurations',
    ]);
    expect([waits, minEpochs]).toEqual([[API_SERVERS_SETTLE_MS + 3_000], [1]]);
    expect(records.get('eu-1')).toMatchObject({ epoch: 2, minEpoch: 2, defaultTemplates: ['mesh'] });
    expect(records.get('eu-1')).not.toHaveProperty('registration');
    expect((await unregisterCluster(TARGET, tools, { removeRecord: false }, signal)).changes).toEqual([]);
    expect(await register()).toMatchObject({ epoch: 2 });
  });

  test('under Deny nothing is refused any more before the webhook goes', async () => {
    await register({ companionPolicy: 'Deny' });
    waits.length = 0;
    const calls: number[] = [];
    cluster.calls.length = 0;
    const wait = async (ms: number): Promise<void> => {
      waits.push(ms);
      calls.push(cluster.calls.length);
    };
    await unregisterCluster(TARGET, { ...tools, wait }, { removeRecord: false }, signal);
    expect([waits, calls]).toEqual([
      [API_SERVERS_SETTLE_MS, API_SERVERS_SETTLE_MS + 3_000],
      [2, 3],
    ]);
  });

  test.each([{ fleet: 'other' }, { cluster: 'eu-2' }])('what %j registered there is left alone', async (other) => {
    await register();
    await register({ ...other, namespaces: ['b'] });
    const [theirs, objects] = [urlNow(), cluster.objects.size];
    const { changes, warnings } = await unregisterCluster(TARGET, tools, { removeRecord: false }, signal);
    expect([changes, warnings]).toEqual([
      [],
      [expect.stringMatching(/another fleet or cluster name; it was left alone$/)],
    ]);
    expect([urlNow(), cluster.objects.size]).toEqual([theirs, objects]);
    expect(said.join()).not.toContain('eyJ');
  });

  test('with the cluster gone nothing is asked of it; nothing at all is no error', async () => {
    await register();
    const { api: _, ...others } = tools;
    cluster.calls.length = 0;
    await unregisterCluster(TARGET, others, { removeRecord: true }, signal);
    expect([cluster.calls, records.size]).toEqual([[], 0]);
    await unregisterCluster({ fleet: 'shop', cluster: 'nowhere' }, others, { removeRecord: true }, signal);
    expect(records.size).toBe(0);
  });
});

function keys(...kids: readonly string[]): object {
  return { keys: kids.map((kid) => ({ kty: 'RSA', kid, n: 'n', e: 'AQAB' })) };
}
