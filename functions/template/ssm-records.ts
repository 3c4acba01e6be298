import { GetParametersByPathCommand, type Parameter, type SSMClient } from '@aws-sdk/client-ssm';
import { readPages } from './ssm-pages.ts';
import { createPartReader } from './ssm-parts.ts';

/** The most that GetParametersByPath gives in one page (AWS API reference). */
const PAGE_SIZE = 10;
/** 1,000 Kubernetes clusters. */
const PAGES_MAX = 100;

/** Every cluster record of a fleet by the cluster's name, as JSON; undefined stands for one that cannot be decoded. */
export function createSsmRecords(
  client: SSMClient,
  fleet: string,
): (signal: AbortSignal) => Promise<ReadonlyMap<string, unknown>> {
  const parts = createPartReader(client, fleet);
  return async (signal) => {
    const Path = `/outrigger/${fleet}/clusters`;
    const parameters = await readPages(Path, PAGES_MAX, async (token) => {
      const command = new GetParametersByPathCommand({
        ...{ Path, MaxResults: PAGE_SIZE },
        ...(token === undefined ? {} : { NextToken: token }),
      });
      const answer = await client.send(command, { abortSignal: signal });
      return { items: answer.Parameters, next: answer.NextToken };
    });
    return await decode(parameters, signal);
  };

  async function decode(parameters: readonly Parameter[], signal: AbortSignal): Promise<ReadonlyMap<string, unknown>> {
    const decoded = await parts.decode(
      '/clusters',
      parameters.map((p) => p.Value ?? ''),
      signal,
    );
    return new Map(
      parameters.map(({ Name: name = '' }, i): [string, unknown] => {
        const found = decoded[i];
        const isReadable = found !== undefined && 'document' in found;
        return [name.split('/').at(-1) ?? '', isReadable ? found.document : undefined];
      }),
    );
  }
}
