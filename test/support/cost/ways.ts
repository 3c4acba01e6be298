import { AT_REST, type Polling } from './polls.ts';
import { GB, MONTH_HOURS, MONTH_SECONDS, PRICES } from './prices.ts';

/** What one request is assumed to take; `Duration` and `IncomingBytes` in CloudWatch say what yours do. */
const ASSUMED = {
  /** Billed milliseconds. */
  durationMs: 10,
  /** The other functions; `discovery` has a half of it. */
  memoryGb: 0.5,
  pollMemoryGb: 0.25,
  /** Lambda's own lines of a call, and ours; a poll that changes nothing leaves none. */
  functionLogBytes: 500,
  /** The access log of the API. */
  accessLogBytes: 300,
} as const;

/**
 * What `node test/bench/container.ts 3600` measured, on a shared 2-core machine: the dearer protocol, HTTP/2, with 3,600
 * connections that all poll at once.
 */
export const CONTAINER = {
  pollUs: 176,
  handshakeUs: 1_588,
  connectionKb: 70,
  /** Of the process at its highest (570 MB), what is not that of its connections. */
  baseMb: 330,
} as const;
/** One task of Fargate; as much of it as is planned with: what is left is for bursts, and for a task that is gone. */
export const TASK = { vcpu: 0.25, gb: 1, share: 0.7 } as const;
/** What a capacity unit of a Network Load Balancer holds, for TCP. */
const BALANCER_UNIT = { connections: 100_000, newPerSecond: 800, gbPerHour: 1 } as const;

/**
 * One istiod: what its chart requests, and what Istio's own load test of 2,000 sidecars saw it use
 * (istio.io, "Performance and Scalability").
 */
const ISTIOD = { requested: { vcpu: 0.5, gb: 2 }, loaded: { vcpu: 1, gb: 1.5 }, sidecars: 2_000 } as const;

/** Dollars for a million requests of the functions: reviews and releases behind each kind of API, and polls at rest. */
export function perMillion(): {
  readonly httpApi: number;
  readonly restApi: number;
  readonly pollByUrl: number;
  readonly pollByHttpApi: number;
  /** A stranger's call by Function URL, which leaves a line. */
  readonly refusedByUrl: number;
} {
  const { durationMs, memoryGb, pollMemoryGb, functionLogBytes, accessLogBytes } = ASSUMED;
  const compute = (gb: number): number => PRICES.lambdaPerMillion + durationMs * 1_000 * gb * PRICES.lambdaPerGbSecond;
  const logs = (bytes: number): number => (bytes / 1_000) * PRICES.logsPerGb;
  const review = compute(memoryGb) + logs(functionLogBytes + accessLogBytes);
  const poll = compute(pollMemoryGb);
  return {
    httpApi: review + PRICES.httpApiPerMillion,
    restApi: review + PRICES.restApiPerMillion,
    pollByUrl: poll,
    refusedByUrl: poll + logs(functionLogBytes),
    pollByHttpApi: poll + PRICES.httpApiPerMillion + logs(accessLogBytes),
  };
}

/** Dollars of a month that a fleet polls in one way all the time, by what answers it; NAT, transfer and reads included. */
export function monthly(proxies: number, polling: Polling): Readonly<Record<'url' | 'api' | 'container', number>> {
  const rate = proxies * polling.perSecond;
  const millions = (rate * MONTH_SECONDS) / 1_000_000;
  const gigabytes = (rate * MONTH_SECONDS * polling.bytes) / GB;
  // Functions are public: through the NAT gateway, to an address of the same region.
  const out = gigabytes * (PRICES.natPerGb + PRICES.transferPerGb);
  const { pollByUrl, pollByHttpApi } = perMillion();
  // Each environment reads the head of the canaries once a second, and no poll more than once.
  const environments = Math.max(1, Math.ceil((rate * ASSUMED.durationMs) / 1_000));
  const functionReads = readsOf(Math.min(rate, environments));
  return {
    url: millions * pollByUrl + out + functionReads,
    api: millions * pollByHttpApi + out + functionReads,
    // In a network of the clusters' own: between zones at the most.
    container: containerMonthly(proxies, polling) + gigabytes * PRICES.transferPerGb,
  };
}

/** How many tasks a fleet takes: as many as their memory and processor time ask for, and one more. */
export function tasksFor(proxies: number, { perSecond }: Polling): number {
  const byMemory = proxies / connectionsOfTask();
  const byCpu = (proxies * perSecond * CONTAINER.pollUs) / 1_000_000 / (TASK.vcpu * TASK.share);
  return Math.max(1, Math.ceil(Math.max(byMemory, byCpu))) + 1;
}

/** How many connections one task has the memory for. */
export function connectionsOfTask(): number {
  return ((TASK.gb * 1_024 * TASK.share - CONTAINER.baseMb) * 1_024) / CONTAINER.connectionKb;
}

function containerMonthly(proxies: number, polling: Polling): number {
  const tasks = tasksFor(proxies, polling);
  const task = TASK.vcpu * PRICES.fargatePerVcpuHour + TASK.gb * PRICES.fargatePerGbHour;
  const gbPerHour = (proxies * polling.perSecond * 3_600 * polling.bytes) / GB;
  const isNewEachTime = polling === AT_REST;
  const units = Math.max(
    1,
    proxies / BALANCER_UNIT.connections,
    (isNewEachTime ? proxies * polling.perSecond : 0) / BALANCER_UNIT.newPerSecond,
    gbPerHour / BALANCER_UNIT.gbPerHour,
  );
  const balancer = PRICES.balancerPerHour + units * PRICES.balancerUnitPerHour;
  return MONTH_HOURS * (tasks * task + balancer) + readsOf(tasks);
}

function readsOf(perSecond: number): number {
  return ((perSecond * MONTH_SECONDS) / 1_000_000) * PRICES.readsPerMillion;
}

/** Dollars of a month of istiod for as many sidecars in one cluster, at Fargate's prices: two replicas at least. */
export function istiodMonthly(proxies: number): number {
  const replicas = 1 + Math.ceil(proxies / ISTIOD.sidecars);
  const { vcpu, gb } = proxies < ISTIOD.sidecars ? ISTIOD.requested : ISTIOD.loaded;
  return MONTH_HOURS * replicas * (vcpu * PRICES.fargatePerVcpuHour + gb * PRICES.fargatePerGbHour);
}

/** From how many proxies on the container is cheaper than the Function URL, to the next hundred. */
export function cheaperFrom(polling: Polling): number {
  for (let proxies = 100; proxies <= 100_000; proxies += 100) {
    const { url, container } = monthly(proxies, polling);
    if (container < url) return proxies;
  }
  throw new Error('the container is never cheaper');
}
