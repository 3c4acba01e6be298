import { readFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ClusterAccess } from '../../functions/kube-api/cluster-access.ts';
import type { ClusterApi, KubeObject } from '../../functions/kube-api/cluster-api.ts';
import { EksError } from '../../functions/kube-api/eks-error.ts';
import { createClusterApi } from '../../functions/kube-api/https-cluster-api.ts';
import {
  createCustomResources,
  RESPONSE_RESERVE_MS,
} from '../../functions/registration/custom-resource/custom-resource.ts';
import {
  createRegistrationResource,
  type RegistrationTools,
} from '../../functions/registration/custom-resource/registration-resource.ts';
import { readKubeconfig } from '../../infra/cli/cluster/kubeconfig.ts';
import { keptLog, resourceEvent } from '../support/resource-events.ts';
import { startTlsServer, type TlsServer } from '../support/tls-server.ts';
import { type RegistrationBed, startRegistrationBed } from './support/registration-bed.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const PATH = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/outrigger';
const ID = 'outrigger-registration-default-local';
const signal = (): AbortSignal => AbortSignal.timeout(600_000);

type Tools = Partial<RegistrationTools>;

await describeReal('the custom resource of a registration, on a real API server', whyNotApiServer, () => {
  let bed: RegistrationBed;
  let bucket: TlsServer;
  let access: ClusterAccess;
  let lines: string[];
  let ca: string;
  let tests = 0;
  beforeAll(async () => {
    bed = await startRegistrationBed();
    bucket = await startTlsServer();
    ca = await readFile(bed.endpoint.caFile ?? '', 'utf8');
    access = await readKubeconfig({ kubeconfig: bed.cluster.api.kubeconfig });
  });
  beforeEach(() => {
    tests++;
    lines = [];
    bucket.answerBy((response) => void response.writeHead(200).end());
  });
  // The record stays, and its epoch grows: the endpoint holds records for a moment.
  afterEach(async () => void (await told(event('Delete', {}, { RequestId: 'cleaning' }))));
  afterAll(async () => {
    bucket?.close();
    await bed?.stop();
  });

  /** A request as CloudFormation makes it, all values as text. */
  function event(
    type: 'Create' | 'Update' | 'Delete',
    properties: object = {},
    more: object = {},
  ): Record<string, unknown> {
    return resourceEvent(type, bucket.url, {
      ResourceType: 'Custom::OutriggerRegistration',
      LogicalResourceId: 'RegistrationLocal',
      RequestId: `${type}-${tests}`,
      ...(type === 'Create' ? {} : { PhysicalResourceId: ID }),
      ResourceProperties: {
        ...{ ServiceToken: 'x', ServiceTimeout: '300', Fleet: 'default', Cluster: 'local' },
        ...{ Endpoint: new URL(bed.endpoint.webhookUrl).origin, FailurePolicy: 'Ignore', ReinvocationPolicy: 'Never' },
        ...{ TimeoutSeconds: '3', CompanionPolicy: 'None', Namespaces: [], Revision: '1', ...properties },
      },
      ...more,
    });
  }

  /** Handles a request in an environment of its own; answers what CloudFormation was told. */
  async function told(
    request: Record<string, unknown>,
    tools: Tools = {},
    ms = 240_000,
  ): Promise<Record<string, unknown>> {
    const { log, lines: kept } = keptLog();
    lines = kept;
    const registration = createRegistrationResource({
      ...bed.tools,
      openStores: () => ({ records: bed.tools.records, keys: bed.tools.keys, templates: bed.tools.templates }),
      openCluster: async () => createClusterApi(access),
      // The local endpoint has an authority of its own; public ones need none.
      probe: (url, _, until) => bed.tools.probe(url, ca, until),
      // Nobody has to follow: nothing else is called here.
      wait: async () => undefined,
      ...tools,
    });
    const resources = new Map([['Custom::OutriggerRegistration', registration]]);
    const options = { region: 'eu-central-1', environment: { AWS_ENDPOINT_URL: bucket.url }, ca: bucket.ca, log };
    const before = bucket.seen.length;
    const RequestId = String(request['RequestId']);
    await createCustomResources(resources, options)(request, { getRemainingTimeInMillis: () => ms });
    const answers = bucket.seen.slice(before).map(({ body }) => JSON.parse(body));
    const mine = answers.filter((answer) => answer.RequestId === RequestId);
    expect(mine).toHaveLength(1);
    expect(JSON.stringify([mine, lines])).not.toContain('eyJ');
    return mine[0];
  }

  async function registered(): Promise<KubeObject | undefined> {
    return await bed.api.get(PATH, signal());
  }

  test('its life: Create, delivered twice, Update, Delete, delivered twice', async () => {
    const done = { Status: 'SUCCESS', PhysicalResourceId: ID };
    const created = await told(event('Create'));
    // That of a new record is the Unix time, and stays.
    expect(created).toMatchObject({ ...done, Data: { Epoch: expect.stringMatching(/^\d{10}$/) } });
    const made = { ...done, Data: created?.['Data'] };
    const first = await registered();
    expect(first).toMatchObject({ webhooks: [{ failurePolicy: 'Ignore', timeoutSeconds: 3 }] });
    expect(await told(event('Create'))).toMatchObject(made);
    expect((await registered())?.metadata['resourceVersion']).toBe(first?.metadata['resourceVersion']);

    expect(await told(event('Update', { FailurePolicy: 'Fail', TimeoutSeconds: '5' }))).toMatchObject(made);
    const second = await registered();
    expect(second).toMatchObject({ webhooks: [{ failurePolicy: 'Fail', timeoutSeconds: 5 }] });
    expect(second?.metadata['uid']).toBe(first?.metadata['uid']);

    expect(await told(event('Delete'))).toMatchObject({
      Status: 'SUCCESS',
      Reason: 'the registration is removed',
      PhysicalResourceId: ID,
    });
    expect(await registered()).toBeUndefined();
    expect(await told(event('Delete'))).toMatchObject({ Status: 'SUCCESS', Reason: 'nothing was registered' });
  });

  test('an Update takes back what somebody changed in the cluster', async () => {
    await told(event('Create'));
    const patch = '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}]';
    await bed.cluster.api.kubectl(['patch', 'mutatingwebhookconfiguration', 'outrigger', '--type=json', '-p', patch]);
    expect(await told(event('Update', { Revision: '2' }))).toMatchObject({ Status: 'SUCCESS' });
    expect(await registered()).toMatchObject({ webhooks: [{ failurePolicy: 'Ignore' }] });
  });

  test('failures leave what is registered as it is, and say what to do', async () => {
    await told(event('Create'));
    const before = await registered();
    const { certificate: _, ...stranger } = access;
    const failures: [Tools, object, RegExp][] = [
      [
        { openCluster: async () => createClusterApi({ ...stranger, token: async () => 'none' }) },
        {},
        /credentials are not accepted; on EKS/,
      ],
      [{ probe: async () => 'it fails (500)' }, {}, /nothing was applied: .*it fails \(500\)/],
      [{}, { TimeoutSeconds: '31' }, /^TimeoutSeconds: must be a whole number from 1 to 30$/],
      [{}, { Endpoint: 'https://gone.invalid' }, /gone\.invalid cannot be found/],
      [{ openCluster: () => Promise.reject(new TypeError('x is not a function')) }, {}, /^TypeError; see the log/],
    ];
    for (const [tools, properties, reason] of failures) {
      const answer = await told(event('Update', properties), tools);
      expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: ID, Reason: expect.stringMatching(reason) });
      expect(await registered()).toEqual(before);
    }
  });

  test('time that runs out is told in time', async () => {
    const never = { openCluster: (): Promise<never> => new Promise(() => undefined) };
    for (const type of ['Create', 'Update', 'Delete'] as const) {
      const answer = await told(event(type), never, RESPONSE_RESERVE_MS + 300);
      expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/^it took longer than/) });
    }
    expect(await registered()).toBeUndefined();
  });

  test('a replaced resource: Delete of the one before leaves the registration of the new one', async () => {
    await told(event('Create'));
    // The logical id was changed in the template: CloudFormation creates the new one first.
    await told(event('Create', {}, { LogicalResourceId: 'RegistrationRenamed', RequestId: 'renamed' }));
    expect(await told(event('Delete'))).toMatchObject({
      Status: 'SUCCESS',
      Reason: 'another resource registers this cluster now; nothing was deleted',
    });
    expect(await registered()).toBeDefined();
    // And an id that is not the one of the properties.
    const other = event('Delete', {}, { PhysicalResourceId: 'outrigger-registration-default-other' });
    expect(await told(other)).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringMatching(/nothing was deleted$/),
    });
    expect(await registered()).toBeDefined();
    const last = event('Delete', {}, { LogicalResourceId: 'RegistrationRenamed', RequestId: 'last' });
    expect(await told(last)).toMatchObject({ Status: 'SUCCESS' });
    expect(await registered()).toBeUndefined();
  });

  test.each<['probe' | 'wait', string]>([
    ['probe', 'before it has applied anything'],
    ['wait', 'after it has applied everything'],
  ])('Delete while Create runs (%s): nothing is left, %s', async (where) => {
    let release = (): void => undefined;
    let isAt = false;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const stop = async (): Promise<void> => {
      isAt = true;
      await held;
    };
    const slowly: Tools =
      where === 'probe'
        ? { probe: async () => void (await stop()) }
        : {
            // The read after the apply is what comes last before the record is looked at again.
            openCluster: async () => ({
              ...bed.api,
              apply: async (path, object, options, until) => {
                const applied = await bed.api.apply(path, object, options, until);
                if (!options.dryRun) await stop();
                return applied;
              },
            }),
          };
    const creating = told(event('Create'), slowly);
    while (!isAt) await turn();
    const made = event('Delete', {}, { PhysicalResourceId: 'stack-RegistrationLocal-1ABC' });
    expect(await told(made)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'stack-RegistrationLocal-1ABC' });
    release();
    expect(await creating).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^it was deleted while it was being made/),
    });
    expect(await registered()).toBeUndefined();
    // Delivered once more, late.
    expect(await told(event('Create'))).toMatchObject({ Status: 'FAILED' });
    expect(await registered()).toBeUndefined();
    // The same resource, brought back by a later deployment.
    expect(await told(event('Create', {}, { RequestId: 'later' }))).toMatchObject({ Status: 'SUCCESS' });
    expect(await registered()).toBeDefined();
  });

  test('Delete when the Kubernetes cluster is gone', async () => {
    await told(event('Create'));
    const gone: (() => Promise<ClusterApi>)[] = [
      () => Promise.reject(new EksError('Gone', 'there is no EKS cluster local')),
      async () => createClusterApi({ ...access, server: 'https://gone.invalid' }),
    ];
    for (const openCluster of gone) {
      expect(await told(event('Delete'), { openCluster })).toMatchObject({
        Status: 'SUCCESS',
        Reason: 'the Kubernetes cluster is gone, and with it the registration',
      });
    }
  });

  test('Delete of what was never registered succeeds, though nobody may enter; of what was, it fails', async () => {
    const { certificate: _, ...stranger } = access;
    const refused = { openCluster: async () => createClusterApi({ ...stranger, token: async () => 'none' }) };
    expect(await told(event('Create'), refused)).toMatchObject({ Status: 'FAILED' });
    expect(await told(event('Delete'), refused)).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringMatching(/^nothing had been registered, and the cluster could not be asked/),
    });
    await told(event('Create', {}, { RequestId: 'again' }));
    expect(await told(event('Delete'), refused)).toMatchObject({ Status: 'FAILED', PhysicalResourceId: ID });
    expect(await registered()).toBeDefined();
  });
});
