import { isRecord } from '../../json/faults.ts';
import type { AlarmProvider } from '../document/metrics/aws-providers.ts';
import { cloudWatchCall, cloudWatchRegion } from './aws-call.ts';
import { MetricError, type ReadMetric } from './provider.ts';

const KINDS = ['MetricAlarms', 'CompositeAlarms'];
/** What an alarm is in that has seen nothing. */
const NO_DATA = 'INSUFFICIENT_DATA';
const STATES = new Set(['OK', 'ALARM', NO_DATA]);

/** Reads the state of a CloudWatch alarm: `result` is `OK` or `ALARM`; one with insufficient data has no value. */
export const readAlarm: ReadMetric<AlarmProvider> = async (provider, _context, tools, signal) => {
  const { name } = provider;
  const region = cloudWatchRegion(provider.region, tools);
  if (!tools.egress.alarms.some((allowed) => isAllowed(allowed, name))) {
    throw new MetricError(`alarm ${name} is not listed: add it to egress.alarms of the cluster record`);
  }
  const input = { AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 1 };
  const response = await cloudWatchCall('DescribeAlarms', { region, input, aws: tools.aws }, signal);
  const [alarm] = KINDS.flatMap((kind): unknown[] => {
    const alarms = response[kind];
    return Array.isArray(alarms) ? alarms : [];
  });
  const state = isRecord(alarm) && alarm['AlarmName'] === name ? String(alarm['StateValue']) : '';
  if (!STATES.has(state)) throw new MetricError(`there is no CloudWatch alarm ${name} in ${region}`);
  const hasData = state !== NO_DATA;
  return { value: hasData ? state : null, hasData, shown: state };
};

function isAllowed(allowed: string, name: string): boolean {
  return allowed.endsWith('*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed;
}
