import { readFile } from 'node:fs/promises';
import { readLocalEndpoint } from '../../local/server/endpoint-file.ts';
import { readTokenFile } from '../../local/server/private-file.ts';
import { UsageError } from '../errors.ts';
import { UnreachableError } from './http.ts';

/** What says where the release API is. */
export interface ApiPlace {
  readonly url?: string;
  /** Of the local endpoint. */
  readonly stateDir: string;
}

/** Where the release API is, and the authority to trust there, in PEM. */
export interface FoundApi {
  readonly base: URL;
  readonly ca?: string;
}

/** By its URL, else by what the local endpoint says of itself. Throws UnreachableError where none is running. */
export async function findApi({ url, stateDir }: ApiPlace): Promise<FoundApi> {
  if (url === undefined) {
    const endpoint = await readLocalEndpoint(stateDir);
    if (endpoint === undefined) {
      const what = `no endpoint is running with state in ${stateDir}; start one with npm start, or use --url`;
      throw new UnreachableError(what);
    }
    const ca = endpoint.caFile === undefined ? {} : { ca: await readFile(endpoint.caFile, 'utf8') };
    return { base: new URL(endpoint.apiUrl), ...ca };
  }
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol)) throw new UsageError(`--url ${url} is no http(s) URL`);
  return { base };
}

/** The bearer token of a file; throws UsageError where it holds none. */
export async function readToken(file: string): Promise<string> {
  return await readTokenFile(file).catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
}
