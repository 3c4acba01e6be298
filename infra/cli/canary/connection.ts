import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { RELEASE_API_PATH } from '../../../functions/release-api/request/segments.ts';
import { STATE_DIR_DEFAULT } from '../../local/server/state.ts';
import { type ApiPlace, type FoundApi, findApi, readToken } from './find-api.ts';
import { type HttpAnswer, type HttpAsk, LostError, send } from './http.ts';
import { serverError } from './server-error.ts';
import { awsEndpoint, signed } from './sign.ts';
import { createWarner } from './warnings.ts';

/** Where the release API is, and which canaries are meant; named as kubectl's options. */
export interface ApiOptions extends ApiPlace {
  readonly cluster?: string;
  readonly namespace?: string;
  readonly tokenFile?: string;
}

/** One request to the release API: `path` behind the cluster and namespace. */
export interface ApiAsk {
  readonly method: string;
  readonly namespace: string | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends it before its time: LostError. */
  readonly signal?: AbortSignal;
}

/** The release API as commands see it. */
export interface ReleaseApi {
  /** The answer, its warnings printed; throws ServerError for what was refused. */
  ask(ask: ApiAsk): Promise<HttpAnswer>;
}

/** A repeated request carries its key, so that it is served once. */
const TRIES_MAX = 4;
const FIRST_WAIT_MS = 250;

/** Adds `--url`, `--cluster`, `-n` and what else leads to the API. */
export function withApiOptions(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'where the release API is (default: the local endpoint)').env('OUTRIGGER_URL'))
    .option('--state-dir <dir>', 'state folder of the local endpoint', STATE_DIR_DEFAULT)
    .addOption(
      new Option('--cluster <cluster>', 'Kubernetes cluster (default: the only one of the fleet)').env(
        'OUTRIGGER_CLUSTER',
      ),
    )
    .option('-n, --namespace <namespace>', 'namespace (default: default)')
    .addOption(
      new Option('--token-file <file>', 'file with the bearer token of the endpoint').env('OUTRIGGER_TOKEN_FILE'),
    );
}

/** Finds the API and how to be let in. */
export async function openApi(options: ApiOptions): Promise<ReleaseApi> {
  let found: FoundApi | undefined = await findApi(options);
  const warn = createWarner();
  const authorization =
    options.tokenFile === undefined ? {} : { authorization: `Bearer ${await readToken(options.tokenFile)}` };
  return {
    async ask({ method, namespace, path, query = {}, body, headers = {}, signal }) {
      found ??= await findApi(options);
      const { base, ca } = found;
      const aws = awsEndpoint(base);
      const url = urlOf(base, options.cluster, namespace, path, query);
      const isWrite = method !== 'GET';
      const asked: HttpAsk = {
        method,
        url,
        headers: {
          accept: 'application/json',
          ...authorization,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(isWrite ? { 'idempotency-key': randomUUID() } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(ca === undefined ? {} : { ca }),
        ...(signal === undefined ? {} : { signal }),
      };
      const attempt = async () => await send(aws === undefined ? asked : await signed(asked, aws));
      const { answer, isRepeated } = await persist(attempt).catch((error: unknown) => {
        // A local endpoint that comes back may have another port.
        found = undefined;
        throw error;
      });
      warn(answer.headers['warning']);
      if (answer.status >= 400) throw serverError(answer, isRepeated);
      return answer;
    },
  };
}

/** Sends again what got lost, or came while the store was down: the same request, under the same key. */
async function persist(act: () => Promise<HttpAnswer>): Promise<{ answer: HttpAnswer; isRepeated: boolean }> {
  for (let tries = 1; ; tries++) {
    const answer = await act().catch((error: unknown) => {
      if (!(error instanceof LostError) || tries === TRIES_MAX) throw error;
      return undefined;
    });
    const isDown = answer === undefined || answer.status === 503;
    if (answer !== undefined && (!isDown || tries === TRIES_MAX)) return { answer, isRepeated: tries > 1 };
    await wait(FIRST_WAIT_MS * 2 ** (tries - 1));
  }
}

function urlOf(
  base: URL,
  cluster: string | undefined,
  namespace: string | undefined,
  path: string,
  query: NonNullable<ApiAsk['query']>,
): URL {
  const root = base.pathname.replace(/\/+$/, '');
  const api = root.endsWith(RELEASE_API_PATH) ? root : `${root}${RELEASE_API_PATH}`;
  const where = [
    ...(cluster === undefined ? [] : ['clusters', encodeURIComponent(cluster)]),
    ...(namespace === undefined ? [] : ['namespaces', encodeURIComponent(namespace)]),
  ];
  const url = new URL(base.origin);
  url.pathname = [api, ...where, path].join('/');
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}
