import { expect, vi } from 'vitest';
import type { Canary, Track } from '../../../functions/canary/canary.ts';
import type { HttpResult } from '../../../functions/http/result.ts';
import { EVIDENCE_WRITE_EVERY_MS } from '../../../functions/limits.ts';
import type { EvidenceWindow } from '../../../functions/traffic/evidence/describe-evidence.ts';
import { createEvidenceReader, type EvidencePage } from '../../../functions/traffic/evidence/read-evidence.ts';
import { openDiscovery } from '../../../functions/traffic/open-discovery.ts';
import { readPoll } from '../../../functions/traffic/poll.ts';
import { type Release, releaseOf } from '../../support/releases.ts';
import { at } from '../../support/values.ts';
import { type EntryPoint, type Mesh, type MeshProxy, startMesh } from './mesh.ts';
import { runningRoutes } from './running-routes.ts';

/** Proxies that report to environments of their own memory each, and polls of which some are lost. */
export interface EvidenceBed {
  readonly mesh: Mesh;
  readonly proxies: MeshProxy[];
  /** How many polls were refused, and how many answers were lost after the environment had heard the poll. */
  readonly troubles: { refused: number; lost: number };
  /** A canary `shop/{service}` as a write now leaves it. */
  write(service: string, tracks: Release['tracks'], weight: number, atRest?: boolean): Canary;
  /** Stores canaries and waits until all proxies run them. */
  taken(...canaries: readonly Canary[]): Promise<void>;
  /** The same, and until they have begun to count. */
  counting(...canaries: readonly Canary[]): Promise<void>;
  /**
   * Sends so many requests, from all proxies alike, and waits until they are reported.
   *
   * @returns why requests got no response, or with which status one that is neither 200 nor 500
   */
  send(host: string, n: number, headers?: Readonly<Record<string, string>>, path?: string): Promise<readonly string[]>;
  /** Waits until every proxy has reported everything that it counted up to now. */
  reported(): Promise<void>;
  /** Waits until every environment has written what it has heard up to now. */
  written(): Promise<void>;
  /** The evidence of a canary, as it is read once its windows are closed. */
  windowsOf(canary: Canary): Promise<EvidencePage>;
  /** Ends an environment: its memory is lost, what it is about to write too, and another one begins in its place. */
  kill(environment: number): Unwritten;
  stop(): Promise<void>;
}

/** What an environment had heard and not written when it ended. */
export interface Unwritten {
  /** Responses of both tracks in its reports. */
  readonly responses: number;
  /** From the last write to the last of these reports, in milliseconds. */
  readonly spanMs: number;
}

/** What one is made of. */
export interface EvidenceBedOptions {
  readonly proxies: number;
  readonly environments: number;
  /** Of so many polls so many are refused unheard, and the answers to so many are lost. */
  readonly troubles: { readonly of: number; readonly refused: number; readonly lost: number };
  /** Requests at a time of each proxy's client; four if it is not said. */
  readonly sockets?: number;
  /** What is stored when the proxies come up; a canary that nothing is sent to if it is not said. */
  readonly begin?: (write: EvidenceBed['write']) => readonly Canary[];
}

/** Envoy puts times into its histograms every 5 s. */
const FLUSH_MS = 5_500;
/** A window of 5 s closes 10 s after its end. */
const CLOSED_MS = 16_000;
/** Polls that come at the time of a write may be in it or not. */
const AT_A_TIME_MS = 200;
/** For hangs only. */
const WAIT = { timeout: 60_000, interval: 50 };
/** Likewise: a proxy whose polls are refused five times in a row asks again after 31 to 62 s in all, and may be refused again. */
const WAIT_HEARD = { timeout: 240_000, interval: 50 };
const FAILED: HttpResult = { statusCode: 503, headers: {}, body: '' };

/** Proxies that come up at a time. */
const AT_ONCE = 4;

/** Brings it up. */
export async function startEvidenceBed(options: EvidenceBedOptions): Promise<EvidenceBed> {
  const { sockets = 4 } = options;
  const mesh = await startMesh({ routesRefresh: '1s', idle: '1s' });
  const environments = Array.from({ length: options.environments }, () => openEnvironment(mesh));
  const troubles = { refused: 0, lost: 0 };
  const heard = new Map<string, number>();
  mesh.entryPoint = noting(heard, inTurn(environments, options.troubles, troubles));
  const proxies: MeshProxy[] = [];
  let version = 0;
  const write: EvidenceBed['write'] = (service, tracks = mesh.tracks, weight, atRest = false) => {
    const canary = releaseOf({ service, tracks, weight, version: ++version, atRest });
    return { ...canary, status: { ...canary.status, lastTransitionTime: new Date().toISOString() } };
  };
  mesh.store.set(...(options.begin?.(write) ?? [write('idle', mesh.tracks, 0, true)]));
  for (let i = 1; i <= options.proxies; i += AT_ONCE) {
    const pods = Array.from({ length: Math.min(AT_ONCE, options.proxies - i + 1) }, (_, n) => `web-${i + n}`);
    proxies.push(...(await Promise.all(pods.map(async (pod) => await mesh.startProxy(pod, { sockets })))));
  }
  /** Waits until every proxy has asked for routes after a moment, and has got its answer. */
  const heardSince = async (moment: number): Promise<void> => {
    const isHeard = ({ token }: MeshProxy): boolean => (heard.get(`Bearer ${token}`) ?? 0) > moment;
    await vi.waitFor(() => expect(proxies.every(isHeard)).toBe(true), WAIT_HEARD);
  };
  const reported = async (): Promise<void> => await heardSince(Date.now() + FLUSH_MS);
  const taken: EvidenceBed['taken'] = async (...canaries) => {
    mesh.store.set(...canaries);
    const wanted = await mesh.routesVersion();
    const isTaken = async (proxy: MeshProxy): Promise<void> =>
      expect((await runningRoutes(proxy)).version).toBe(wanted);
    await Promise.all(proxies.map(async (proxy) => await vi.waitFor(async () => await isTaken(proxy), WAIT)));
  };
  return {
    ...{ mesh, proxies, troubles, write, reported, taken },
    counting: async (...canaries) => {
      await taken(...canaries);
      await heardSince(Date.now());
    },
    written: async () => {
      // A poll writes what others brought, once the last write is as old as that; they go to the environments in turn.
      await heardSince(Date.now() + EVIDENCE_WRITE_EVERY_MS);
      await heardSince(Date.now());
    },
    send: async (host, n, headers = {}, path = '/') => {
      const failures: string[] = [];
      const one = async (proxy: MeshProxy): Promise<void> => {
        for (let i = 0; i < n / proxies.length / sockets; i++) {
          const { status, why } = await proxy.ask(host, headers, path).then(
            (response) => ({ ...response, why: '' }),
            (error: unknown) => ({ status: 0, why: String(error) }),
          );
          if (status !== 200 && status !== 500) failures.push(`${status} ${why}`);
        }
      };
      await Promise.all(proxies.flatMap((proxy) => Array.from({ length: sockets }, () => one(proxy))));
      await reported();
      return failures;
    },
    windowsOf: async (canary) => {
      const { name, namespace } = canary.metadata;
      const key = { cluster: 'local', namespace, name };
      const now = Date.now() + CLOSED_MS;
      const asked = { until: now, windows: 360 };
      return await createEvidenceReader(mesh.store).page(key, canary, asked, now, AbortSignal.timeout(5_000));
    },
    kill: (environment) => {
      const unwritten = environments[environment]?.kill();
      environments[environment] = openEnvironment(mesh);
      return unwritten ?? { responses: 0, spanMs: 0 };
    },
    stop: async () => {
      await Promise.all(proxies.map(async (proxy) => await proxy.stop()));
      await mesh.stop();
    },
  };
}

interface Environment {
  readonly handler: EntryPoint;
  /** From now on it writes nothing. */
  kill(): Unwritten;
}

function openEnvironment({ parts }: Mesh): Environment {
  let isDead = false;
  let wroteAt = Date.now();
  const heard: { readonly at: number; readonly responses: number }[] = [];
  const { store } = parts;
  const alive: typeof store = Object.assign({}, store, {
    writeEvidence: async (...row: Parameters<typeof store.writeEvidence>) => {
      if (isDead) throw new Error('the environment is gone');
      wroteAt = Date.now();
      await store.writeEvidence(...row);
    },
  });
  const { handler } = openDiscovery({ ...parts, store: alive });
  return {
    handler: async (event) => {
      heard.push({ at: Date.now(), responses: responsesIn(String(at(event, 'body') ?? '')) });
      const result = await handler(event);
      // What it would have sent is lost as well.
      return isDead ? FAILED : result;
    },
    kill: () => {
      isDead = true;
      const unwritten = heard.filter((one) => one.responses > 0 && one.at >= wroteAt - AT_A_TIME_MS);
      return {
        responses: unwritten.reduce((total, { responses }) => total + responses, 0),
        spanMs: Math.max(0, ...unwritten.map((one) => one.at - wroteAt)),
      };
    },
  };
}

/** Responses of both tracks in the reports of a poll. */
function responsesIn(body: string): number {
  const poll = readPoll(body);
  const reports = poll.valid ? (poll.value.figures?.reports ?? []) : [];
  const sums = reports.flatMap(({ targets }) => [...targets.values()]);
  return sums.reduce((total, { stable, canary }) => total + stable.responses + canary.responses, 0);
}

/** Notes when polls for routes came whose answers arrive, by what they were sent with. */
function noting(heard: Map<string, number>, entryPoint: EntryPoint): EntryPoint {
  return async (event) => {
    const came = Date.now();
    const result = await entryPoint(event);
    const isRoutes = String(at(event, 'rawPath')).endsWith('routes');
    if (isRoutes && result !== FAILED) heard.set(String(at(event, 'headers', 'authorization')), came);
    return result;
  };
}

/** Each poll goes to the next environment. */
function inTurn(
  environments: readonly Environment[],
  share: EvidenceBedOptions['troubles'],
  troubles: { refused: number; lost: number },
): EntryPoint {
  let polls = 0;
  return async (event) => {
    const n = ++polls;
    // Far from each other, so that no proxy and no environment meets all of them.
    const place = (9 * n) % share.of;
    const environment = environments[n % environments.length];
    if (environment === undefined || place < share.refused) {
      troubles.refused++;
      return FAILED;
    }
    const result = await environment.handler(event);
    if (place < share.refused + share.lost) {
      troubles.lost++;
      return FAILED;
    }
    return result;
  };
}

/** The sum of windows, by the canary's resourceVersion and track. */
export function totalsOf(windows: readonly EvidenceWindow[], version: string, track: Track) {
  const own = windows.filter(({ resourceVersion }) => resourceVersion === version).map(({ tracks }) => tracks[track]);
  const sum = (of: (one: (typeof own)[number]) => number): number => own.reduce((total, one) => total + of(one), 0);
  return {
    responses: sum(({ responses }) => responses),
    errors: sum(({ errors }) => errors),
    grpcFailures: sum(({ grpcFailures }) => grpcFailures),
    fallbacks: sum(({ fallbacks }) => fallbacks),
    unanswered: sum(({ unanswered }) => unanswered),
    cut: sum(({ cut }) => cut),
    timed: sum(({ latency }) => latency.reduce((total, [, count]) => total + count, 0)),
  };
}

/** Times by the lower bound of their bucket, summed over windows of one version. */
export function latencyOf(
  windows: readonly EvidenceWindow[],
  version: string,
  track: Track,
): ReadonlyMap<number, number> {
  const buckets = new Map<number, number>();
  for (const { tracks } of windows.filter(({ resourceVersion }) => resourceVersion === version)) {
    for (const [bound, count] of tracks[track].latency) buckets.set(bound, (buckets.get(bound) ?? 0) + count);
  }
  return buckets;
}

/** The lower bound of the bucket in which a quantile lies. */
export function quantileOf(buckets: ReadonlyMap<number, number>, share: number): number {
  const all = [...buckets].toSorted(([a], [b]) => a - b);
  let left = Math.ceil(share * all.reduce((total, [, count]) => total + count, 0));
  for (const [bound, count] of all) {
    left -= count;
    if (left <= 0) return bound;
  }
  return Number.NaN;
}

/** The number of a bucket, in the order of all: Envoy's have two significant digits, so ninety in each decade. */
export function bucketIndex(ms: number): number {
  const decade = Math.floor(Math.log10(ms));
  // Of 0.1 a double has a little more or less.
  return 90 * decade + Math.floor(ms / 10 ** (decade - 1) + 1e-9) - 10;
}
