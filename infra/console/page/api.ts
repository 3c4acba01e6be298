import { RELEASE_API_PATH } from '../../../functions/release-api/request/segments.ts';
import type { Key } from './place.ts';

const TOKEN_KEY = 'outrigger-console-token';

/** A refusal of the release API, in its own words. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError' as const;
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** What is asked of the release API. */
export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** Behind the cluster: `namespaces/shop/canaries/cart`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The Kubernetes cluster that the console was started for; undefined: the only one of the fleet. */
export const CLUSTER = metaOf('cluster');

const token = takeToken();
/** The last answers of reads by URL, with their ETags: a 304 has no body. */
const known = new Map<string, { readonly etag: string; readonly value: unknown }>();
const KNOWN_MAX = 50;

/** The path of a canary, or of a part of it. */
export function pathOf({ namespace, name }: Key, part = ''): string {
  const path = `namespaces/${encodeURIComponent(namespace)}/canaries/${encodeURIComponent(name)}`;
  return part === '' ? path : `${path}/${part}`;
}

/** The answer of the release API as JSON. Throws RefusedError, and TypeError where no server answers. */
export async function ask({ method = 'GET', path, query = {}, body, headers = {} }: Ask): Promise<unknown> {
  const where =
    CLUSTER === undefined ? RELEASE_API_PATH : `${RELEASE_API_PATH}/clusters/${encodeURIComponent(CLUSTER)}`;
  const search = new URLSearchParams(query).toString();
  const url = `${where}/${path}${search === '' ? '' : `?${search}`}`;
  const before = method === 'GET' ? known.get(url) : undefined;
  const response = await fetch(url, {
    method,
    cache: 'no-store',
    headers: {
      accept: 'application/json',
      'x-outrigger-console': token,
      ...(before === undefined ? {} : { 'if-none-match': before.etag }),
      ...(method === 'GET' ? {} : { 'idempotency-key': crypto.randomUUID() }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.status === 304 && before !== undefined) return before.value;
  const value: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new RefusedError(messageOf(value) ?? `the answer was ${response.status}`, response.status);
  const etag = response.headers.get('etag');
  if (method === 'GET' && etag !== null) keep(url, { etag, value });
  return value;
}

function keep(url: string, answer: { readonly etag: string; readonly value: unknown }): void {
  known.delete(url);
  known.set(url, answer);
  for (const first of known.keys()) {
    if (known.size <= KNOWN_MAX) break;
    known.delete(first);
  }
}

function messageOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined;
  return typeof value.message === 'string' ? value.message : undefined;
}

/** Out of the page, or of the address, from where it goes at once: addresses are kept and shared. */
function takeToken(): string {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const shown = fragment.get('token');
  if (shown !== null) {
    sessionStorage.setItem(TOKEN_KEY, shown);
    const namespace = fragment.get('namespace');
    history.replaceState(null, '', `#/releases${namespace === null ? '' : `?filter=${encodeURIComponent(namespace)}`}`);
  }
  return metaOf('token') ?? shown ?? sessionStorage.getItem(TOKEN_KEY) ?? '';
}

function metaOf(name: string): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name=outrigger-${name}]`)?.content;
}
