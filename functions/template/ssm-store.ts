import {
  GetParameterCommand,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  type Parameter,
  ParameterNotFound,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { readPages } from './ssm-pages.ts';
import { createPartReader } from './ssm-parts.ts';
import { RECORDS_AHEAD_MAX, type StoredTemplate, type TemplateStore } from './store.ts';

/** The most that GetParametersByPath gives in one page (AWS API reference). */
const PAGE_SIZE = 10;
/** 1,000 templates. A fleet has some dozens; more pages mean a wrong path or a server that repeats itself. */
const PAGES_MAX = 100;

/**
 * The templates of a fleet in Parameter Store: `/outrigger/{fleet}/templates/{name}` (a String that holds a
 * SidecarTemplate in one of the forms of `codec.ts`; its parameter labels are the channels) and
 * `/outrigger/{fleet}/clusters/{cluster}`. Reads only; `ssm-publisher.ts` writes.
 */
export function createSsmStore(client: SSMClient, fleet: string): TemplateStore {
  const parts = createPartReader(client, fleet);
  const [templates, clusters] = [`/outrigger/${fleet}/templates`, `/outrigger/${fleet}/clusters`];

  return {
    async listTemplates(channel, signal) {
      const ParameterFilters = [{ Key: 'Label', Option: 'Equals', Values: [channel] }];
      return await decode(channel, await readAll({ Path: templates, ParameterFilters }, signal), signal);
    },

    async listClusters(signal) {
      const parameters = await readAll({ Path: clusters }, signal);
      return parameters.map(nameOf);
    },

    async listClusterRecords(signal) {
      const { Parameters: parameters = [] } = await client.send(
        new GetParametersByPathCommand({ Path: clusters, MaxResults: RECORDS_AHEAD_MAX }),
        { abortSignal: signal },
      );
      const records = await decode('/clusters', parameters, signal);
      return new Map(records.flatMap((p): [string, unknown][] => ('document' in p ? [[p.name, p.document]] : [])));
    },

    async getClusterRecord(cluster, signal) {
      try {
        const name = `${clusters}/${cluster}`;
        const { Parameter: parameter } = await client.send(new GetParameterCommand({ Name: name }), {
          abortSignal: signal,
        });
        const [record] = await decode(`/clusters/${cluster}`, parameter === undefined ? [] : [parameter], signal);
        if (record === undefined || 'unreadable' in record) throw new SyntaxError(record?.unreadable);
        return record.document;
      } catch (error) {
        if (error instanceof ParameterNotFound) return undefined;
        throw error;
      }
    },
  };

  async function readAll(
    what: Pick<GetParametersByPathCommandInput, 'ParameterFilters'> & { readonly Path: string },
    signal: AbortSignal,
  ): Promise<readonly Parameter[]> {
    return await readPages(what.Path, PAGES_MAX, async (token) => {
      const command = new GetParametersByPathCommand({
        ...{ ...what, MaxResults: PAGE_SIZE },
        ...(token === undefined ? {} : { NextToken: token }),
      });
      const answer = await client.send(command, { abortSignal: signal });
      return { items: answer.Parameters, next: answer.NextToken };
    });
  }

  async function decode(owner: string, found: readonly Parameter[], signal: AbortSignal): Promise<StoredTemplate[]> {
    // The ciphertext of a SecureString is never looked at.
    const values = found.map((p) => (p.Type === 'String' ? (p.Value ?? '') : ''));
    const decoded = await parts.decode(owner, values, signal);
    return found.map((parameter, i) => {
      const name = nameOf(parameter);
      const version = String(parameter.Version ?? 0);
      const isString = parameter.Type === 'String';
      const secret = { unreadable: `is a ${parameter.Type}; templates are of type String and hold no secrets` };
      return { name, version, ...((isString ? decoded[i] : secret) ?? secret) };
    });
  }
}

function nameOf({ Name: name = '' }: Parameter): string {
  return name.split('/').at(-1) ?? '';
}
