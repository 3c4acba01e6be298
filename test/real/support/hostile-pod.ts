import { once } from 'node:events';
import http from 'node:http';
import { REFRESH_HEADER } from '../../../functions/traffic/proxies/pace-writer.ts';

/** What a Pod sends that makes things up. */
export interface Attack {
  readonly kind: 'listeners' | 'clusters' | 'routes';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Stands in what is sent, and may not come out anywhere. */
export const MARK = 'forged-by-the-rogue';

/** What it knows: versions of routes that it has or guesses, and reports of others that it overheard. */
export interface Knowledge {
  readonly targets: readonly string[];
  readonly versions: readonly string[];
  readonly overheard: readonly string[];
}

/** All of them, once. @param seq the number of a report that is believed to be new */
export function attacksOf({ targets, versions, overheard }: Knowledge, seq: number): readonly Attack[] {
  const [version = ''] = versions;
  const routes = (more: object, at = version): Attack => ({
    kind: 'routes',
    headers: { 'x-outrigger-pace': '1' },
    body: JSON.stringify({ version_info: at, resource_names: ['outbound'], node: { id: MARK }, ...more }),
  });
  const report = (target: string, of: string, more: object = {}): object => ({
    seq,
    version: of,
    counts: countsOf(target, 1_000_000, 900_000),
    ...more,
  });
  const all = targets.flatMap((target) => versions.map((of) => [target, of] as const));
  const [target = ''] = targets;
  const odd = [1e15, -1, 0.5, '7', null, { a: 1 }].map((n) => ({
    ...report(target, version),
    counts: countsOf(target, n, n),
  }));
  return [
    // Well-formed, of canaries that it sees and of those that it does not, once and again and again.
    ...all.map(([name, of]) => routes({ figures: [report(name, of)] })),
    ...all.map(([name, of]) => routes({ figures: [report(name, of)] })),
    ...all.map(([name, of]) => routes({ figures: [report(name, of, { seq: seq - 1, again: 1 })] })),
    routes({ figures: all.map(([name, of], i) => report(name, of, { seq: seq + i, again: 1 })) }),
    // Letter by letter what real proxies sent.
    ...overheard.map((body): Attack => ({ kind: 'routes', headers: { 'x-outrigger-pace': '1' }, body })),
    // What cannot be.
    ...odd.map((one) => routes({ figures: [one] })),
    routes({ figures: [report(target, version, { seq: Number.MAX_SAFE_INTEGER })] }),
    routes({ figures: [{ ...report(target, version), counts: { __proto__: 1, [MARK]: 1 } }] }),
    routes({ figures: MARK }),
    {
      ...routes({}),
      body: `{"version_info":"${version}","resource_names":["outbound"],"figures":${'['.repeat(50_000)}`,
    },
    {
      ...routes({}),
      body: JSON.stringify({ resource_names: ['outbound'], figures: MARK.repeat(1_000_000 / MARK.length) }),
    },
    // Nothing is healthy, and nothing is there.
    ...[0, 1_000_000_000].map((total) => routes({ figures: [], hosts: hostsOf(targets, total) })),
    // It runs what it cannot run, refuses what it has, and polls once an hour.
    ...versions.map((at) => routes({ error_detail: { code: 13, message: MARK } }, at)),
    routes({}, MARK),
    { kind: 'clusters', headers: { [REFRESH_HEADER]: '3600s' }, body: '{}' },
    { kind: 'clusters', headers: { [REFRESH_HEADER]: MARK }, body: JSON.stringify({ version_info: MARK }) },
    { kind: 'listeners', headers: { [REFRESH_HEADER]: '31536000s' }, body: '{}' },
  ];
}

/** Sends one with a token; its status. */
export async function sendAttack(port: number, { kind, headers = {}, body }: Attack, token: string): Promise<number> {
  const request = http.request({
    ...{ host: '127.0.0.1', port, method: 'POST', path: `/v3/discovery:${kind}`, agent: false },
    headers: { ...headers, 'content-type': 'application/json', authorization: `Bearer ${token}` },
  });
  request.end(body);
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  response?.resume();
  return response?.statusCode ?? 0;
}

/** So many responses of both tracks, so many of which are bad. */
function countsOf(target: string, responses: unknown, errors: unknown): object {
  const ofTrack = (track: string): object => ({
    [`${target}|${track}.upstream_rq_completed`]: responses,
    [`${target}|${track}.upstream_rq_5xx`]: errors,
    [`${target}|${track}-only.upstream_rq_total`]: responses,
    [`${target}|${track}-only.upstream_cx_destroy_remote_with_active_rq`]: errors,
  });
  return { ...ofTrack('stable'), ...ofTrack('canary') };
}

function hostsOf(targets: readonly string[], total: number): object {
  const all = targets.flatMap((target) =>
    ['stable', 'canary'].flatMap((track) => [
      [`${target}|${track}-only.healthy`, 0],
      [`${target}|${track}-only.total`, total],
    ]),
  );
  return Object.fromEntries(all);
}
