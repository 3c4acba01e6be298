import {
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  type Parameter,
  type ParameterHistory,
  ParameterNotFound,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { TemplateVersion } from '../publisher.ts';
import { readPages } from './pages.ts';

/** The most that GetParameterHistory and GetParametersByPath give in one page (AWS API reference). */
const HISTORY_PAGE_SIZE = 50;
const PATH_PAGE_SIZE = 10;
/** Parameter Store keeps 100 versions of a parameter, and 10,000 standard parameters of an account (AWS quotas). */
const HISTORY_PAGES_MAX = 10;
const PATH_PAGES_MAX = 1_000;
/** A channel's last move is remembered as a label on the version that it left. */
const PREVIOUS = '.previous';

/** One version of a parameter, with its value. */
export interface StoredVersion extends TemplateVersion {
  readonly value: string;
}

/** The label that marks the version a channel served before. */
export function previousLabel(channel: string): string {
  return channel + PREVIOUS;
}

/** Whether a label is one of `previousLabel`'s. */
export function isPreviousLabel(label: string): boolean {
  return label.endsWith(PREVIOUS);
}

/** All kept versions of a parameter, oldest first; none when there is no such parameter. */
export async function readVersions(
  client: SSMClient,
  name: string,
  signal?: AbortSignal,
): Promise<readonly StoredVersion[]> {
  try {
    const found = await readPages(name, HISTORY_PAGES_MAX, async (token) => {
      const page = { MaxResults: HISTORY_PAGE_SIZE, ...(token === undefined ? {} : { NextToken: token }) };
      const options = signal === undefined ? {} : { abortSignal: signal };
      const answer = await client.send(new GetParameterHistoryCommand({ Name: name, ...page }), options);
      return { items: answer.Parameters, next: answer.NextToken };
    });
    return found.map(versionOf).sort((a, b) => a.version - b.version);
  } catch (error) {
    if (error instanceof ParameterNotFound) return [];
    throw error;
  }
}

function versionOf(history: ParameterHistory): StoredVersion {
  const { Version, Value, Labels = [], LastModifiedDate, LastModifiedUser } = history;
  return {
    version: Version ?? 0,
    value: Value ?? '',
    channels: Labels.filter((l) => !isPreviousLabel(l)).sort(),
    previousOf: Labels.filter(isPreviousLabel).map((l) => l.slice(0, -PREVIOUS.length)),
    ...(LastModifiedDate === undefined ? {} : { modified: LastModifiedDate }),
    ...(LastModifiedUser === undefined ? {} : { user: LastModifiedUser }),
  };
}

/** Every parameter directly under a path, newest versions, in name order. */
export async function readPath(client: SSMClient, path: string): Promise<readonly Parameter[]> {
  const parameters = await readPages(path, PATH_PAGES_MAX, async (token) => {
    const page = { MaxResults: PATH_PAGE_SIZE, ...(token === undefined ? {} : { NextToken: token }) };
    const answer = await client.send(new GetParametersByPathCommand({ Path: path, ...page }));
    return { items: answer.Parameters, next: answer.NextToken };
  });
  return parameters.toSorted((a, b) => ((a.Name ?? '') < (b.Name ?? '') ? -1 : 1));
}
