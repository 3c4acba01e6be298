import { DNS_LABEL } from '../../../json/check.ts';
import { isRecord } from '../../../json/faults.ts';
import { map, object, text } from '../../../json/schema/build.ts';
import type { Infer } from '../../../json/schema/infer.ts';
import type { Place } from '../../../json/schema/schema.ts';
import { HEADER_TEXT, TOKEN } from '../../match-texts.ts';

/** Prometheus itself bounds nothing; a query of a screen has some 2,000. */
const QUERY_CHARACTERS_MAX = 4_096;
const HEADERS_MAX = 8;
const METADATA_MAX = 32;
/** These carry secrets, or are the connection's own. */
const OWN_HEADERS = new Set([
  ...['authorization', 'proxy-authorization', 'cookie', 'host', 'content-type', 'content-length', 'user-agent'],
  ...['connection', 'transfer-encoding', 'te', 'upgrade', 'expect', 'accept-encoding', 'trailer', 'keep-alive'],
]);

const SECRET = text({
  pattern: DNS_LABEL,
  message: 'must be the name of a secret: lower-case letters, digits and -, at most 63 characters',
  optional: true,
});
const HEADERS = map(text({ pattern: HEADER_TEXT, message: 'must be 1 to 256 visible characters' }), {
  max: HEADERS_MAX,
  isKey: (key) => TOKEN.test(key) && !OWN_HEADERS.has(key.toLowerCase()),
  keyMessage: 'is not a header that can be set; credentials are set with secretRef',
  normalKey: (key) => key.toLowerCase(),
  optional: true,
});

/** `provider.prometheus`: an instant query of Prometheus' HTTP API. */
export const PROMETHEUS = object(
  {
    /** Its URL, before `/api/v1/query`. Its host is in `egress.hosts` of the cluster record. */
    address: text({ optional: true }),
    /** In place of it, a workspace of Amazon Managed Service for Prometheus: `eu-central-1/ws-…`, as in `egress.workspaces`. */
    workspace: text({
      pattern: /^[a-z]{2,5}-[a-z0-9-]{1,30}-\d{1,2}\/ws-[A-Za-z0-9-]{1,64}$/,
      message: 'must be a region and a workspace, such as eu-central-1/ws-0123',
      optional: true,
    }),
    /** PromQL, with `{{ namespace }}`, `{{ service }}`, `{{ canary }}`, `{{ interval }}` and `{{ weight }}`. */
    query: text({
      pattern: /\S/,
      maxLength: QUERY_CHARACTERS_MAX,
      message: `must have 1 to ${QUERY_CHARACTERS_MAX} characters`,
    }),
    /** Headers of the request, such as X-Scope-OrgID. At most 8. */
    headers: HEADERS,
    /** The secret whose text is sent as the header Authorization. */
    secretRef: SECRET,
  },
  { optional: true, rule: hasOneSource },
);

/** `provider.webhook`: a POST of Flagger's payload, whose response is JSON. */
export const WEBHOOK = object(
  {
    /** Where it goes. Its host is in `egress.hosts` of the cluster record. */
    url: text({}),
    /** The value in the response: `{$.data.value}`. The whole of it where it is absent. */
    jsonPath: text({ optional: true }),
    /** `metadata` of the payload, with the variables of a query. At most 32. */
    metadata: map(text({ maxLength: 1_024, message: 'must have at most 1024 characters' }), {
      max: METADATA_MAX,
      isKey: (key) => TOKEN.test(key),
      keyMessage: 'must be a name',
      optional: true,
    }),
    /** Headers of the request. At most 8. */
    headers: HEADERS,
    /** The secret whose text is sent as the header Authorization. */
    secretRef: SECRET,
  },
  { optional: true },
);

/** How Prometheus is asked. */
export type PrometheusProvider = Infer<typeof PROMETHEUS>;
/** How a URL is asked. */
export type WebhookProvider = Infer<typeof WEBHOOK>;

function hasOneSource(value: unknown, { check, path }: Place): unknown {
  const { address, workspace, secretRef } = isRecord(value) ? value : {};
  if ((address === undefined) === (workspace === undefined)) check.fault(path, 'must have address or workspace');
  else if (workspace !== undefined && secretRef !== undefined) {
    check.fault(`${path}.secretRef`, 'is none of a workspace: its queries are signed by the function itself');
  }
  return value;
}
