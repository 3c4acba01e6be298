import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { SSMClient } from '@aws-sdk/client-ssm';
import { registrarStep } from './events.ts';
import { createLog } from './log.ts';
import { createCustomResources, type LambdaContext } from './registration/custom-resource.ts';
import { openEksCluster } from './registration/eks-cluster.ts';
import { createClusterApi } from './registration/https-cluster-api.ts';
import { createKeysResource } from './registration/keys-resource.ts';
import { createProbe } from './registration/probe.ts';
import { createRegistrationResource } from './registration/registration-resource.ts';
import { createSsmKeyStore } from './registration/ssm-key-store.ts';
import { createSsmRecordStore } from './registration/ssm-record-store.ts';
import { createSsmStore } from './template/ssm-store.ts';

/** Door: the custom resources of the stack, the signing keys and the registration with each Kubernetes cluster. */
export const handler: (event: unknown, context: LambdaContext) => Promise<void> = open(process.env);

function open(environment: NodeJS.ProcessEnv): typeof handler {
  const { stdout } = process;
  const log = createLog((line) => stdout.write(`${line}\n`), Date.now);
  // Nobody waits for an answer in milliseconds here.
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
