import { type MetricContext, MetricError, type ProviderTools } from './provider.ts';

/** What a header can carry: a longer secret is no token. */
const SECRET = /^[\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?$/;

/** What a request of a canary's metric is sent with, and how to keep its secret out of what is said of it. */
export interface RequestHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** Takes the secret out of a text. */
  readonly withoutSecret: (text: string) => string;
}

/** The headers of one call; reads the secret that it names. Rejects with MetricError where there is none that can be sent. */
export async function requestHeaders(
  { headers = {}, secretRef }: { readonly headers?: Readonly<Record<string, string>>; readonly secretRef?: string },
  {
    cluster,
    values: { namespace },
  }: Pick<MetricContext, 'cluster'> & { readonly values: { readonly namespace: string } },
  { readSecret }: ProviderTools,
  signal: AbortSignal,
): Promise<RequestHeaders> {
  const plain = { ...headers, accept: 'application/json', 'user-agent': 'outrigger' };
  if (secretRef === undefined) return { headers: plain, withoutSecret: (text) => text };
  const secret = await readSecret({ cluster, namespace, name: secretRef }, signal).catch((error: unknown) => {
    throw new MetricError(`secret ${secretRef} cannot be read`, { cause: error });
  });
  if (secret === undefined) throw new MetricError(`there is no secret ${secretRef} of this namespace`);
  const authorization = secret.trim();
  if (!SECRET.test(authorization))
    throw new MetricError(`secret ${secretRef} is not the text of a header Authorization`);
  const words = secretsIn(authorization);
  return {
    headers: { ...plain, authorization },
    withoutSecret: (text) => words.reduce((rest, word) => rest.replaceAll(word, '[secret]'), text),
  };
}

/** What must not be repeated: the whole header, what stands behind its scheme, and what that is of where it is Basic (RFC 7617). */
function secretsIn(authorization: string): readonly string[] {
  const [scheme = '', ...credentials] = authorization.split(' ').filter((word) => word !== '');
  if (credentials.length === 0) return [authorization];
  const decoded = scheme.toLowerCase() === 'basic' ? Buffer.from(credentials[0] ?? '', 'base64').toString('utf8') : '';
  const password = decoded.slice(decoded.indexOf(':') + 1);
  return [authorization, ...credentials, decoded, password].filter((word) => word !== '');
}

/** The error of a response that is no success; undefined for one that is. */
export function statusFault(status: number, host: string, secretRef: string | undefined): MetricError | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return new MetricError(`${host} redirects (${status}), which is not followed`);
  if (status === 401 || status === 403) {
    const what =
      secretRef === undefined ? 'wants credentials: name them with secretRef' : `refuses secret ${secretRef}`;
    return new MetricError(`${host} ${what} (${status})`);
  }
  return new MetricError(`${host} responds with status ${status}`);
}
