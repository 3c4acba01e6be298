import { DNS_LABEL } from '../../../json/check.ts';
import { isRecord } from '../../../json/faults.ts';
import { flag, integer, list, object, text } from '../../../json/schema/build.ts';
import type { Infer } from '../../../json/schema/infer.ts';
import type { Place } from '../../../json/schema/schema.ts';
import { CONDITION_CHARACTERS_MAX, METRICS_MAX } from '../../metrics/metric-state.ts';
import { time } from '../strategy/fields.ts';
import { ALARM, CLOUDWATCH } from './aws-providers.ts';
import { PROMETHEUS, WEBHOOK } from './http-providers.ts';

/** More is no limit. */
const LIMIT = { min: 0, max: 1_000 };
const PROVIDERS = ['prometheus', 'cloudwatch', 'alarm', 'webhook'];

/** One entry of `metrics`: what another system measures, in Argo Rollouts' words. */
export const METRIC = object(
  {
    /** Its name, unique in the list. */
    name: text({ pattern: DNS_LABEL, message: 'must be lower-case letters, digits and -, at most 63 characters' }),
    /** Where it comes from: one of `prometheus`, `cloudwatch`, `alarm` and `webhook`. */
    provider: object(
      {
        /** An instant query of Prometheus. */
        prometheus: PROMETHEUS,
        /** Metrics of CloudWatch. */
        cloudwatch: CLOUDWATCH,
        /** The state of a CloudWatch alarm; its `successCondition` is `result == 'OK'` unless it has one. */
        alarm: ALARM,
        /** A URL that responds with JSON. */
        webhook: WEBHOOK,
      },
      { rule: isOneProvider },
    ),
    /** When a measurement is good: `result[0] >= 0.99`. Without it, whenever `failureCondition` is not true. */
    successCondition: text({ maxLength: CONDITION_CHARACTERS_MAX, optional: true }),
    /** When it is bad. Without it, whenever `successCondition` is not true; with both, neither is inconclusive. */
    failureCondition: text({ maxLength: CONDITION_CHARACTERS_MAX, optional: true }),
    /** How often it is measured. */
    interval: time({ min: '10s', max: '24h' }, { fallback: '1m' }),
    /** What passes between the first share and the first measurement. */
    initialDelay: time({ min: '0s', max: '24h' }, { fallback: '0s' }),
    /** Measurements in all, those with errors apart. Without it, as long as the release goes on. */
    count: integer({ min: 1, max: 1_000, optional: true }),
    /** How many measurements may fail; the next one that does aborts the release. */
    failureLimit: integer({ ...LIMIT, fallback: 0 }),
    /** How many may be inconclusive, no data among them; from the next one on the release is held. */
    inconclusiveLimit: integer({ ...LIMIT, fallback: 0 }),
    /** How many errors in a row may be; from the next one on the release is held. */
    consecutiveErrorLimit: integer({ ...LIMIT, fallback: 4 }),
    /** It is measured and shown, and nothing follows. */
    dryRun: flag({ fallback: false }),
  },
  { rule: hasCondition },
);

/** `analysis.metrics`: what may hold or abort a release beside the verdict, and outside its guarantee. */
export const METRICS = list(METRIC, {
  min: 0,
  max: METRICS_MAX,
  message: `must be a list of at most ${METRICS_MAX} metrics`,
  fallback: [],
  rule: haveNames,
});

/** One metric as a canary has it. */
export type Metric = Infer<typeof METRIC>;

function isOneProvider(value: unknown, { check, path }: Place): unknown {
  const found = isRecord(value) ? PROVIDERS.filter((name) => value[name] !== undefined) : [];
  // What could not be read has its fault already.
  if (found.length > 1) check.fault(path, `must have one of ${PROVIDERS.join(', ')}, and no second one`);
  if (found.length === 0 && !check.faults.some((fault) => fault.path.startsWith(`${path}.`))) {
    check.fault(path, `must have one of ${PROVIDERS.join(', ')}`);
  }
  return value;
}

function hasCondition(value: unknown, { check, path }: Place): unknown {
  const { successCondition, failureCondition, provider } = isRecord(value) ? value : {};
  const isAlarm = isRecord(provider) && provider['alarm'] !== undefined;
  if (!isAlarm && successCondition === undefined && failureCondition === undefined) {
    check.fault(path, "must have successCondition or failureCondition, such as 'result[0] >= 0.99'");
  }
  return value;
}

/** A rule of lists of metrics: their names are unique. */
export function haveNames(value: unknown, { check, path }: Place): unknown {
  const names = (Array.isArray(value) ? value : []).map((metric: unknown) =>
    isRecord(metric) ? metric['name'] : undefined,
  );
  for (const [i, name] of names.entries()) {
    if (name !== undefined && names.indexOf(name) < i) {
      check.fault(`${path}[${i}].name`, `there is another ${String(name)}`);
    }
  }
  return value;
}
