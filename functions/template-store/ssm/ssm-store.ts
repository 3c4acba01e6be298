import {
  GetParameterCommand,
  GetParametersByPathCommand,
  ParameterNotFound,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { RECORDS_AHEAD_MAX, type TemplateHistory, type TemplateStore, versionsToTry } from '../store.ts';
import { createPartReader } from './parts.ts';
import { createSsmReader, nameOf } from './reader.ts';
import { readVersions } from './versions.ts';

/**
 * The templates of a fleet in Parameter Store: `/outrigger/{fleet}/templates/{name}` (a String that holds a
 * SidecarTemplate in one of the forms of `codec.ts`; its parameter labels are the channels) and
 * `/outrigger/{fleet}/clusters/{cluster}`. Reads only; `ssm-publisher.ts` writes.
 */
export function createSsmStore(client: SSMClient, fleet: string): TemplateStore & TemplateHistory {
  const reader = createSsmReader(client, fleet);
  const formerParts = createPartReader(client, fleet);
  const [templates, clusters] = [`/outrigger/${fleet}/templates`, `/outrigger/${fleet}/clusters`];

  return {
    async listTemplates(channel, signal) {
      const ParameterFilters = [{ Key: 'Label', Option: 'Equals', Values: [channel] }];
      return await reader.decode(channel, await reader.list({ Path: templates, ParameterFilters }, signal), signal);
    },

    async listVersions(name, hint, signal) {
      const kept = await readVersions(client, `${templates}/${name}`, signal);
      const wanted = versionsToTry(kept.toReversed(), hint);
      const values = wanted.map(({ value }) => value);
      const decoded = await formerParts.decode(name, values, signal);
      return wanted.map(({ version }, i) => ({
        ...{ name, version: String(version) },
        ...(decoded[i] ?? { unreadable: 'was not read' }),
      }));
    },

    async listClusters(signal) {
      const parameters = await reader.list({ Path: clusters }, signal);
      return parameters.map(nameOf);
    },

    async listClusterRecords(signal) {
      const { Parameters: parameters = [] } = await client.send(
        new GetParametersByPathCommand({ Path: clusters, MaxResults: RECORDS_AHEAD_MAX }),
        { abortSignal: signal },
      );
      const records = await reader.decode('/clusters', parameters, signal);
      return new Map(records.flatMap((p): [string, unknown][] => ('document' in p ? [[p.name, p.document]] : [])));
    },

    async getClusterRecord(cluster, signal) {
      try {
        const name = `${clusters}/${cluster}`;
        const { Parameter: parameter } = await client.send(new GetParameterCommand({ Name: name }), {
          abortSignal: signal,
        });
        const [record] = await reader.decode(
          `/clusters/${cluster}`,
          parameter === undefined ? [] : [parameter],
          signal,
        );
        if (record === undefined || 'unreadable' in record) throw new SyntaxError(record?.unreadable);
        return record.document;
      } catch (error) {
        if (error instanceof ParameterNotFound) return undefined;
        throw error;
      }
    },
  };
}
