/**
 * List prices in US dollars, region us-east-1, x86 and arm64 alike unless said; as known on 2026-11-22 and not asked from
 * AWS: to be checked at https://aws.amazon.com/pricing before anybody relies on them.
 */
const PRICES = {
  /** HTTP API, a million requests of up to 512 KB, the first 300 million of a month. */
  httpApiPerMillion: 1,
  restApiPerMillion: 3.5,
  lambdaPerMillion: 0.2,
  /** arm64. */
  lambdaPerGbSecond: 0.0000133334,
  /** CloudWatch Logs, taking in. */
  logsPerGb: 0.5,
} as const;

/** What one poll or review is assumed to take; `Duration` and `IncomingBytes` in CloudWatch say what yours do. */
const ASSUMED = {
  /** Billed milliseconds. */
  durationMs: 10,
  memoryGb: 0.5,
  /** Lambda's own lines, and ours where something was sent. */
  functionLogBytes: 500,
  /** The access log of the HTTP API. */
  accessLogBytes: 300,
} as const;

/** `refresh` of the cluster record: the polls for listeners and for Envoy clusters, in seconds. */
const REFRESH_SECONDS = 30;
/** Envoy waits the refresh and up to as much again by chance (`RestApiFetcher`), so one and a half times it on average. */
const JITTER = 1.5;
/** A month of 30 days. */
const MONTH_SECONDS = 30 * 24 * 3_600;

/** Polls of one proxy in a second: routes, and listeners and Envoy clusters. */
export function pollsPerSecond(routesRefreshSeconds: number): number {
  return 1 / (JITTER * routesRefreshSeconds) + 2 / (JITTER * REFRESH_SECONDS);
}

/** Dollars for a million requests behind a Function URL, an HTTP API and a REST API. */
export function perMillion(): {
  readonly functionUrl: number;
  readonly httpApi: number;
  readonly restApi: number;
} {
  const { durationMs, memoryGb, functionLogBytes, accessLogBytes } = ASSUMED;
  const compute = PRICES.lambdaPerMillion + durationMs * 1_000 * memoryGb * PRICES.lambdaPerGbSecond;
  const logs = (bytes: number): number => (bytes / 1_000) * PRICES.logsPerGb;
  return {
    functionUrl: compute + logs(functionLogBytes),
    httpApi: compute + PRICES.httpApiPerMillion + logs(functionLogBytes + accessLogBytes),
    restApi: compute + PRICES.restApiPerMillion + logs(functionLogBytes + accessLogBytes),
  };
}

/** The table of docs/cost.md: what the polls of a fleet cost in a month. */
export function pollTable(): string {
  const { functionUrl, httpApi } = perMillion();
  const rows = [5, 10].flatMap((refresh) =>
    [10, 100, 1_000, 10_000].map((proxies) => {
      const rate = proxies * pollsPerSecond(refresh);
      const millions = (rate * MONTH_SECONDS) / 1_000_000;
      const dollars = (price: number): string => `${(millions * price).toFixed(2)}`;
      return [
        proxies.toLocaleString('en-US'),
        `${refresh} s`,
        rate.toFixed(1),
        millions.toFixed(1),
        dollars(httpApi),
        dollars(functionUrl),
      ];
    }),
  );
  const head = [
    'proxies',
    'routesRefresh',
    'polls/s',
    'million polls a month',
    'HTTP API, USD a month',
    'Function URL, USD a month',
  ];
  const lines = [head, head.map(() => '---:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}
