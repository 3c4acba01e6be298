import {
  DeleteParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { createSsmKeyStore } from '../../functions/registration/keys/ssm-key-store.ts';
import { createSsmRecordStore } from '../../functions/registration/record/ssm-record-store.ts';
import type { KeyHarness } from './key-store.ts';
import type { RecordHarness } from './record-store.ts';

/** Cluster records in Parameter Store. */
export function ssmRecordHarness(client: SSMClient, fleet: string): RecordHarness {
  const root = `/outrigger/${fleet}`;
  return {
    store: createSsmRecordStore(client, fleet),
    putBroken: (cluster) => put(client, `${root}/clusters/${cluster}`, '{"epoch": ', 'String'),
    clear: async () => {
      for (;;) {
        const page = await client.send(new GetParametersByPathCommand({ Path: root, Recursive: true }));
        if (page.Parameters === undefined || page.Parameters.length === 0) return;
        for (const { Name } of page.Parameters) await client.send(new DeleteParameterCommand({ Name }));
      }
    },
  };
}

/** Signing keys in Parameter Store. */
export function ssmKeyHarness(client: SSMClient, fleet: string): KeyHarness {
  return {
    store: createSsmKeyStore(client, fleet, 'alias/outrigger'),
    putBroken: (text) => put(client, `/outrigger/${fleet}/keys/path-token`, text, 'SecureString'),
  };
}

async function put(client: SSMClient, Name: string, Value: string, Type: 'String' | 'SecureString'): Promise<unknown> {
  return await client.send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }));
}
