import { GetParametersByPathCommand, type Parameter, type SSMClient } from '@aws-sdk/client-ssm';
import { createPartReader } from './ssm-parts.ts';

/** The most that GetParametersByPath gives in one page (AWS API reference). */
const PAGE_SIZE = 10;
/** 1,000 Kubernetes clusters. */
const PAGES_MAX = 100;

/** Every cluster record of a fleet by the cluster's name, as JSON; those that cannot be decoded are left out. */
export function createSsmRecords(
  client: SSMClient,
  fleet: string,
): (signal: AbortSignal) => Promise<ReadonlyMap<string, unknown>> {
  const parts = createPartReader(client, fleet);
  return async (signal) => {
    const parameters: Parameter[] = [];
    let token: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const answer = await client.send(
        new GetParametersByPathCommand({
          Path: `/outrigger/${fleet}/clusters`,
          MaxResults: PAGE_SIZE,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
        { abortSignal: signal },
      );
      parameters.push(...(answer.Parameters ?? []));
      token = answer.NextToken;
      if (token === undefined || token === '') return await decode(parameters, signal);
    }
    throw new Error(`more than ${PAGES_MAX * PAGE_SIZE} cluster records under /outrigger/${fleet}/clusters`);
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
