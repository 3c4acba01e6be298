import { GetParametersByPathCommand, type Parameter, type SSMClient } from '@aws-sdk/client-ssm';
import { readPages } from './ssm-pages.ts';
import { createPartReader } from './ssm-parts.ts';

/** The most that GetParametersByPath gives in one page (AWS API reference). */
const PAGE_SIZE = 10;
/** 1,000 Kubernetes clusters. */
const PAGES_MAX = 100;

/**
 * Every cluster record of a fleet by the cluster's name, as JSON; those that cannot be decoded are left out. Rejects
 * rather than leave out a page.
 */
export function createSsmRecords(
  client: SSMClient,
  fleet: string,
): (signal: AbortSignal) => Promise<ReadonlyMap<string, unknown>> {
  const parts = createPartReader(client, fleet);
  const Path = `/outrigger/${fleet}/clusters`;
  return async (abortSignal) => {
    const parameters = await readPages(`the cluster records of ${fleet}`, PAGES_MAX, async (NextToken) => {
      const input = { Path, MaxResults: PAGE_SIZE, ...(NextToken === undefined ? {} : { NextToken }) };
      const answer = await client.send(new GetParametersByPathCommand(input), { abortSignal });
      return { items: answer.Parameters, next: answer.NextToken };
    });
    return await decode(parameters, abortSignal);
  };

  async function decode(parameters: readonly Parameter[], signal: AbortSignal): Promise<ReadonlyMap<string, unknown>> {
    const decoded = await parts.decode(
      '/clusters',
      parameters.map((p) => p.Value ?? ''),
      signal,
    );
    return new Map(
      parameters.flatMap(({ Name: name = '' }, i): [string, unknown][] => {
        const found = decoded[i];
        return found !== undefined && 'document' in found ? [[name.split('/').at(-1) ?? '', found.document]] : [];
      }),
    );
  }
}
