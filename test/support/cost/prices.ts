/**
 * List prices in US dollars, region us-east-1, as known on 2026-11-22 (Fargate, load balancers, NAT and addresses on
 * 2026-11-30) and not asked from AWS: to be checked at https://aws.amazon.com/pricing before any figure is relied on.
 */
export const PRICES = {
  /** HTTP API, a million requests of up to 512 KB, the first 300 million of a month. */
  httpApiPerMillion: 1,
  restApiPerMillion: 3.5,
  lambdaPerMillion: 0.2,
  /** arm64. */
  lambdaPerGbSecond: 0.0000133334,
  /** CloudWatch Logs, taking in. */
  logsPerGb: 0.5,
  /** DynamoDB on demand, read units. */
  readsPerMillion: 0.125,
  /** What a NAT gateway handles, in both directions; its hours are not counted, because the cluster has it anyway. */
  natPerGb: 0.045,
  /** Between public addresses of one region, and between zones: each direction. */
  transferPerGb: 0.01,
  /** Fargate, Linux on arm64. */
  fargatePerVcpuHour: 0.03238,
  fargatePerGbHour: 0.00356,
  /** A Network Load Balancer, and one of its capacity units. */
  balancerPerHour: 0.0225,
  balancerUnitPerHour: 0.006,
} as const;

/** A month of 30 days. */
export const MONTH_HOURS = 30 * 24;
/** Of the same month. */
export const MONTH_SECONDS = MONTH_HOURS * 3_600;
/** As AWS counts them here. */
export const GB = 1_000_000_000;
