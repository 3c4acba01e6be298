import {
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  type Parameter,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { StoredTemplate } from '../store.ts';
import { readPages } from './pages.ts';
import { createPartReader } from './parts.ts';

/** What is listed: everything directly under a path, or what of it a filter lets through. */
export type ParameterPath = Pick<GetParametersByPathCommandInput, 'ParameterFilters'> & { readonly Path: string };

/** Reads the parameters of a fleet, in the forms of `codec.ts`. */
export interface SsmReader {
  /** Everything under a path; rejects where that is more than can be listed. */
  list(what: ParameterPath, signal: AbortSignal): Promise<readonly Parameter[]>;
  /**
   * The documents of parameters, by the last part of their names, in their order.
   *
   * @param owner whose parameters these are; see PartReader
   */
  decode(owner: string, found: readonly Parameter[], signal: AbortSignal): Promise<readonly StoredTemplate[]>;
}

/** The most that GetParametersByPath gives in one page (AWS API reference). */
const PAGE_SIZE = 10;
/** 1,000 templates or clusters. A fleet has some dozens; more pages mean a wrong path or a server that repeats itself. */
const PAGES_MAX = 100;

/** Makes a reader for `/outrigger/{fleet}/…`. */
export function createSsmReader(client: SSMClient, fleet: string): SsmReader {
  const parts = createPartReader(client, fleet);
  return {
    list: async (what, signal) =>
      await readPages(what.Path, PAGES_MAX, async (token) => {
        const command = new GetParametersByPathCommand({
          ...{ ...what, MaxResults: PAGE_SIZE },
          ...(token === undefined ? {} : { NextToken: token }),
        });
        const answer = await client.send(command, { abortSignal: signal });
        return { items: answer.Parameters, next: answer.NextToken };
      }),
    async decode(owner, found, signal) {
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
    },
  };
}

/** The last part of a parameter's name. */
export function nameOf({ Name: name = '' }: Parameter): string {
  return name.split('/').at(-1) ?? '';
}
