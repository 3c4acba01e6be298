import {
  DeleteParameterCommand,
  GetParametersByPathCommand,
  LabelParameterVersionCommand,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { encodeDocument } from '../../functions/template-store/codec.ts';
import { createSsmStore } from '../../functions/template-store/ssm/ssm-store.ts';
import type { StoreHarness } from './template-store.ts';

/** An SDK client for an emulator on loopback; the function's own tries twice. */
export function ssmClientFor(endpoint: string, maxAttempts = 1): SSMClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SSMClient({ endpoint, region: 'eu-central-1', credentials, maxAttempts });
}

/** Fills Parameter Store as `publish` does: a version, then the label. */
export function ssmHarness(client: SSMClient, fleet: string): StoreHarness {
  const root = `/outrigger/${fleet}`;
  const putDocument = async (name: string, document: unknown, channel?: string): Promise<void> => {
    const encoded = encodeDocument(document);
    if (encoded === undefined) throw new Error('the document is too large');
    for (const [part, value] of encoded.parts) await put(`${root}/parts/${part}`, value);
    await put(name, encoded.head, channel);
  };
  const put = async (name: string, value: string, channel = 'stable'): Promise<void> => {
    await client.send(new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }));
    await client.send(new LabelParameterVersionCommand({ Name: name, Labels: [channel] }));
  };
  const remove = async (name: string): Promise<void> => {
    await client.send(new DeleteParameterCommand({ Name: name })).catch((error: unknown) => {
      if (!(error instanceof ParameterNotFound)) throw error;
    });
  };
  return {
    store: createSsmStore(client, fleet),
    put: (name, document, channel) => putDocument(`${root}/templates/${name}`, document, channel),
    putBroken: (name) => put(`${root}/templates/${name}`, '{"apiVersion": "outrigger.dev/v1alpha1", "kind"'),
    remove: (name) => remove(`${root}/templates/${name}`),
    putClusterRecord: (cluster, record) => putDocument(`${root}/clusters/${cluster}`, record),
    putBrokenRecord: (cluster) => put(`${root}/clusters/${cluster}`, '{"policy": '),
    clear: async () => {
      for (;;) {
        const page = await client.send(new GetParametersByPathCommand({ Path: root, Recursive: true }));
        if (page.Parameters === undefined || page.Parameters.length === 0) return;
        for (const parameter of page.Parameters) await remove(parameter.Name ?? '');
      }
    },
  };
}
