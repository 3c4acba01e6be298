import type { FetchJson } from '../../functions/http/fetch-json.ts';
import type { HttpResult } from '../../functions/http/result.ts';
import { createLog } from '../../functions/log.ts';
import { openDiscovery } from '../../functions/traffic/open-discovery.ts';
import {
  generateIssuerKeys,
  mintServiceAccountToken,
  type TokenSubject,
} from '../../infra/local/server/service-account-token.ts';
import { createTestReader, type TestReader } from './canary-reader.ts';
import { httpApiEvent } from './mutate-entry-point.ts';
import { recordOf } from './values.ts';

/** One pair for the whole run; nothing depends on which. */
export const ISSUER_KEYS = await generateIssuerKeys('key-1');
/** The issuer of the Kubernetes cluster `local`. */
export const ISSUER = 'https://issuer.test';
/** Its record, as a document. */
export const RECORD = {
  issuer: ISSUER,
  jwks: { keys: [ISSUER_KEYS.publicJwk] },
  discovery: { host: 'xds.example.com' },
};

/** A discovery entry point as Lambda opens it, on stores in memory, at a time of the test's own. */
export interface DiscoveryEntryPoint {
  readonly store: TestReader;
  readonly records: Map<string, unknown>;
  /** Milliseconds since the epoch. */
  clock: { now: number };
  readonly logged: Readonly<Record<string, unknown>>[];
  readonly handler: (event: unknown) => Promise<HttpResult>;
  /** Sends a poll of `shop/web-1`, or of whom the token names. */
  poll(kind: string, body?: object | string, token?: string): Promise<HttpResult>;
  /** The same from a sidecar that follows a pace. */
  pacedPoll(kind: string, body?: object | string, token?: string): Promise<HttpResult>;
  /** A good token that differs in something. */
  token(more?: Partial<TokenSubject>): Promise<string>;
}

/** Opens an entry point. `more` stands in for what is tried out. */
export function openDiscoveryEntryPoint(
  more: {
    readonly store?: TestReader;
    readonly fetchJson?: FetchJson;
    readonly records?: Map<string, unknown>;
    /** Takes the log instead of `logged`. */
    readonly write?: (line: string) => void;
  } = {},
): DiscoveryEntryPoint {
  const store = more.store ?? createTestReader();
  const records = more.records ?? new Map<string, unknown>([['local', RECORD]]);
  const clock = { now: Date.parse('2026-11-22T12:00:00.000Z') };
  const logged: Record<string, unknown>[] = [];
  const now = (): number => clock.now;
  const { handler } = openDiscovery({
    fleet: 'default',
    readRecords: async () => records,
    recordsTtlMs: 30_000,
    serveStale: true,
    store,
    log: createLog(more.write ?? ((line) => logged.push({ ...recordOf(JSON.parse(line)) })), now),
    now,
    ...(more.fetchJson === undefined ? {} : { fetchJson: more.fetchJson }),
  });
  const token = (subject: Partial<TokenSubject> = {}): Promise<string> =>
    mintServiceAccountToken(ISSUER_KEYS.privateJwk, {
      namespace: 'shop',
      serviceAccount: 'default',
      pod: { name: 'web-1', uid: 'u-1' },
      audience: 'outrigger/default',
      issuer: ISSUER,
      duration: 3_600,
      now: clock.now,
      ...subject,
    });
  let own: Promise<string> | undefined;
  const pollAs =
    (form: Readonly<Record<string, string>>): DiscoveryEntryPoint['poll'] =>
    async (kind, body = kind === 'routes' ? { resource_names: ['outbound'] } : {}, bearer) => {
      own ??= token();
      return await handler(
        httpApiEvent({
          path: `/v3/discovery:${kind}`,
          headers: { ...form, authorization: `Bearer ${bearer ?? (await own)}` },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      );
    };
  return {
    store,
    records,
    clock,
    logged,
    handler,
    token,
    poll: pollAs({}),
    pacedPoll: pollAs({ 'x-outrigger-pace': '1' }),
  };
}

/** The version of an answer. */
export function versionIn(result: HttpResult): string {
  return String(recordOf(JSON.parse(result.body))['version_info']);
}

/** A poll for routes by a proxy that runs a version. */
export function routesAt(version: string): object {
  return { version_info: version, resource_names: ['outbound'] };
}
