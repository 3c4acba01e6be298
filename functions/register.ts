import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { SSMClient } from '@aws-sdk/client-ssm';
import { registrarStep } from './events.ts';
import { openEksCluster } from './kube-api/eks-cluster.ts';
import { createClusterApi } from './kube-api/https-cluster-api.ts';
import { createLog } from './log.ts';
import { createCustomResources, type LambdaContext } from './registration/custom-resource/custom-resource.ts';
import { createKeysResource } from './registration/custom-resource/keys-resource.ts';
import { createRegistrationResource } from './registration/custom-resource/registration-resource.ts';
import { createSsmKeyStore } from './registration/keys/ssm-key-store.ts';
import { createProbe } from './registration/probe.ts';
import { createSsmRecordStore } from './registration/record/ssm-record-store.ts';
import { createSsmStore } from './template-store/ssm/ssm-store.ts';

/** Entry point: the custom resources of the stack, the signing keys and the registration with each Kubernetes cluster. */
export const handler: (event: unknown, context: LambdaContext) => Promise<void> = open(process.env);

function open(environment: NodeJS.ProcessEnv): typeof handler {
  const { stdout } = process;
  const log = createLog((line) => stdout.write(`${line}\n`), Date.now);
  // No caller waits for milliseconds here.
  const client = new SSMClient({ maxAttempts: 4 });
  const keyId = environment['OUTRIGGER_KEY_ID'];
  const region = environment['AWS_REGION'] ?? '';
  const say = (line: string): void => log(registrarStep, { line });
  const registration = createRegistrationResource({
    openStores: (fleet) => ({
      records: createSsmRecordStore(client, fleet),
      keys: createSsmKeyStore(client, fleet, keyId),
      templates: createSsmStore(client, fleet),
    }),
    async openCluster(name, signal) {
      const credentials = client.config.credentials;
      return createClusterApi(await openEksCluster({ name, region, credentials, environment, say }, signal));
    },
    probe: createProbe({ newUid: randomUUID }),
    now: Date.now,
    wait: async (ms, signal) => await pause(ms, undefined, { signal }),
    say,
  });
  const keys = createKeysResource({
    openKeys: (fleet) => createSsmKeyStore(client, fleet, keyId),
    newName: () => randomUUID().slice(0, 8),
  });
  const resources = new Map([
    ['Custom::OutriggerKeys', keys],
    ['Custom::OutriggerRegistration', registration],
  ]);
  return createCustomResources(resources, { region, environment, log });
}
