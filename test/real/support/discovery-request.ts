import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { ROUTE_CONFIGURATION } from '../../../functions/traffic/xds/names.ts';
import type { ResourceKind } from '../../../functions/traffic/xds/xds.ts';
import type { RunningEndpoint } from './endpoint.ts';

/** One poll, written by hand; without a token there is no such header. The routes are asked for as by a proxy that has some. */
export async function askDiscovery(
  { discoveryUrl, caFile }: RunningEndpoint,
  kind: ResourceKind,
  token?: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const options = { method: 'POST', headers };
  const url = `${discoveryUrl}:${kind}`;
  const request =
    caFile === undefined
      ? http.request(url, options)
      : https.request(url, { ...options, ca: await readFile(caFile, 'utf8') });
  const routes = { version_info: 'some', resource_names: [ROUTE_CONFIGURATION] };
  request.end(JSON.stringify({ node: { id: 'by-hand' }, ...(kind === 'routes' ? routes : {}) }));
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  let body = '';
  for await (const chunk of response ?? []) body += String(chunk);
  return { status: response?.statusCode ?? 0, body };
}
