import {
  GetParameterCommand,
  GetParametersByPathCommand,
  type Parameter,
  ParameterNotFound,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { RECORDS_AHEAD_MAX, type StoredTemplate, type TemplateStore } from './store.ts';

/** The most that GetParametersByPath gives in one page (AWS API reference). */
const PAGE_SIZE = 10;
/** 1,000 templates. A fleet has some dozens; more pages mean a wrong path or a server that repeats itself. */
const PAGES_MAX = 100;

/**
 * The templates of a fleet in Parameter Store: `/outrigger/{fleet}/templates/{name}` (a String that holds a
 * SidecarTemplate as JSON; its parameter labels are the channels) and `/outrigger/{fleet}/clusters/{cluster}`.
 * The only file that speaks to Parameter Store.
 */
export function createSsmStore(client: SSMClient, fleet: string): TemplateStore {
  return {
    async listTemplates(channel, signal) {
      const templates: StoredTemplate[] = [];
      let token: string | undefined;
      for (let page = 0; page < PAGES_MAX; page++) {
        const answer = await client.send(
          new GetParametersByPathCommand({
            Path: `/outrigger/${fleet}/templates`,
            MaxResults: PAGE_SIZE,
            ParameterFilters: [{ Key: 'Label', Option: 'Equals', Values: [channel] }],
            ...(token === undefined ? {} : { NextToken: token }),
          }),
          { abortSignal: signal },
        );
        templates.push(...(answer.Parameters ?? []).map(readParameter));
        // A page may be empty and still have a successor (AWS API reference).
        if (answer.NextToken === undefined || answer.NextToken === '') return templates;
        if (answer.NextToken === token) throw new Error('Parameter Store answered the same NextToken twice');
        token = answer.NextToken;
      }
      throw new Error(`more than ${PAGES_MAX * PAGE_SIZE} templates under /outrigger/${fleet}/templates`);
    },

    async listClusterRecords(signal) {
      const { Parameters: parameters = [] } = await client.send(
        new GetParametersByPathCommand({ Path: `/outrigger/${fleet}/clusters`, MaxResults: RECORDS_AHEAD_MAX }),
        { abortSignal: signal },
      );
      return new Map(
        parameters
          .map(readParameter)
          .flatMap((p): [string, unknown][] => ('document' in p ? [[p.name, p.document]] : [])),
      );
    },

    async getClusterRecord(cluster, signal) {
      try {
        const name = `/outrigger/${fleet}/clusters/${cluster}`;
        const { Parameter: parameter } = await client.send(new GetParameterCommand({ Name: name }), {
          abortSignal: signal,
        });
        const record: unknown = JSON.parse(parameter?.Value ?? '');
        return record;
      } catch (error) {
        if (error instanceof ParameterNotFound) return undefined;
        throw error;
      }
    },
  };
}

function readParameter(parameter: Parameter): StoredTemplate {
  const name = (parameter.Name ?? '').split('/').at(-1) ?? '';
  const version = String(parameter.Version ?? 0);
  if (parameter.Type !== 'String') {
    return { name, version, unreadable: `is a ${parameter.Type}; templates are of type String and hold no secrets` };
  }
  try {
    const document: unknown = JSON.parse(parameter.Value ?? '');
    return { name, version, document };
  } catch {
    return { name, version, unreadable: 'the parameter does not hold JSON' };
  }
}
