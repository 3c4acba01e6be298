import {
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  type Parameter,
  ParameterNotFound,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { TemplateVersion } from './publisher.ts';

/** The most that GetParameterHistory and GetParametersByPath give in one page (AWS API reference). */
const HISTORY_PAGE_SIZE = 50;
const PATH_PAGE_SIZE = 10;
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
export async function readVersions(client: SSMClient, name: string): Promise<readonly StoredVersion[]> {
  const versions: StoredVersion[] = [];
  try {
    for (let token: string | undefined; ; ) {
      const answer = await client.send(
        new GetParameterHistoryCommand({
          Name: name,
          MaxResults: HISTORY_PAGE_SIZE,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      for (const { Version, Value, Labels = [], LastModifiedDate, LastModifiedUser } of answer.Parameters ?? []) {
        versions.push({
          version: Version ?? 0,
          value: Value ?? '',
          channels: Labels.filter((l) => !isPreviousLabel(l)).sort(),
          previousOf: Labels.filter(isPreviousLabel).map((l) => l.slice(0, -PREVIOUS.length)),
          ...(LastModifiedDate === undefined ? {} : { modified: LastModifiedDate }),
          ...(LastModifiedUser === undefined ? {} : { user: LastModifiedUser }),
        });
      }
      token = answer.NextToken;
      if (token === undefined || token === '') break;
    }
  } catch (error) {
    if (error instanceof ParameterNotFound) return [];
    throw error;
  }
  return versions.sort((a, b) => a.version - b.version);
}

/** Every parameter directly under a path, newest versions, in name order. */
export async function readPath(client: SSMClient, path: string): Promise<readonly Parameter[]> {
  const parameters: Parameter[] = [];
  for (let token: string | undefined; ; ) {
    const answer = await client.send(
      new GetParametersByPathCommand({
        Path: path,
        MaxResults: PATH_PAGE_SIZE,
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    parameters.push(...(answer.Parameters ?? []));
    token = answer.NextToken;
    if (token === undefined || token === '') break;
  }
  return parameters.sort((a, b) => ((a.Name ?? '') < (b.Name ?? '') ? -1 : 1));
}
