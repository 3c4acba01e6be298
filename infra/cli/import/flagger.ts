import { CANARY_BACKENDS_TASK, headlessBackends } from './backends.ts';
import { takeHeaderMatches } from './headers.ts';
import { takeHooks } from './hooks.ts';
import { type Imported, imported, type Reasons } from './imported.ts';
import type { Source } from './source.ts';

/** More than `spec.strategy.steps` takes. */
const STEPS_MAX = 32;

const VERDICT = 'the verdict compares the canary with stable, as the callers count them';
const STEPS = `steps of a Canary rise, and are at most ${STEPS_MAX}; the default steps hold`;
const EGRESS_TASK =
  'list the hosts of spec.strategy.hooks in the cluster record (outrigger cluster egress); hosts within the cluster are not reached';
const REASONS: Reasons = {
  'spec.targetRef': 'Outrigger rolls no workload out; keep a Deployment for each track',
  'spec.autoscalerRef': 'scale each track by its own autoscaler',
  'spec.ingressRef': 'callers are split by their own sidecars, not by an ingress',
  'spec.skipAnalysis': 'to go on without a verdict, use outrigger canary promote --full',
  'spec.service.retries': 'Outrigger sets no retries',
  'spec.service.timeout': 'Outrigger sets no timeouts',
  'spec.service.match': 'a Canary splits every request of the Service',
  'spec.service.rewrite': 'Outrigger changes no request',
  'spec.service.headers': 'Outrigger changes no request',
  'spec.service.corsPolicy': 'Outrigger changes no response',
  'spec.service.trafficPolicy': 'the shipped template sets outlier detection and opens the circuit breakers',
  'spec.service.gateways': 'callers are split by their own sidecars, not by a gateway',
  'spec.service.hosts': 'hosts follow from the Service',
  'spec.service.portName': 'a Canary names ports by number',
  'spec.service.targetPort': 'a named port; set the number as spec.backends[].port',
  'spec.service.portDiscovery': 'one Canary is of one port; write another Canary for each further port',
  'spec.analysis': 'the default steps and the verdict hold',
  'spec.analysis.stepWeight': STEPS,
  'spec.analysis.stepWeights': STEPS,
  'spec.analysis.threshold': VERDICT,
  'spec.analysis.webhooks': 'it has no counterpart in spec.strategy.hooks, which docs/gates.md lists',
  'spec.analysis.alerts': 'a release sends no alerts',
  'spec.analysis.iterations': 'without weights there is nothing to judge; the default steps hold',
  'spec.analysis.metrics': VERDICT,
  'spec.analysis.match': 'only headers that are exact or a prefix can be matched',
  'spec.analysis.mirror': 'spec.mirror of a Canary copies requests all the time, not in a step',
  'spec.analysis.mirrorWeight': 'spec.mirror of a Canary copies requests all the time, not in a step',
  'spec.analysis.stepWeightPromotion': 'the Service moves back when the stable Deployment is rolled out',
  'spec.analysis.maxWeight': 'the steps of a Canary end at 100',
  'spec.analysis.sessionAffinity': 'spec.sessionAffinity chooses by a cookie that callers send; Outrigger sets none',
};

/** A Canary of `flagger.app/v1beta1`. Throws UsageError where no Canary can be made of it. */
export function importFlagger(source: Source): Imported {
  const service = source.take('spec', 'service', 'name') ?? source.peek('spec', 'targetRef', 'name') ?? source.name;
  const port = source.take('spec', 'service', 'port');
  const target = source.peek('spec', 'service', 'targetPort');
  const podPort = typeof target === 'number' ? source.take('spec', 'service', 'targetPort') : undefined;
  const deadline = source.peek('spec', 'progressDeadlineSeconds');
  const analysis = analysisOf(source);
  const hooks = takeHooks(source);
  const strategy = {
    ...stepsOf(source),
    ...(analysis === undefined ? {} : { analysis }),
    ...(hooks === undefined ? {} : { hooks }),
    ...(typeof deadline === 'number' ? { progressDeadline: `${take(source, 'progressDeadlineSeconds')}s` } : {}),
  };
  const match = takeHeaderMatches(source, 'spec', 'analysis', 'match');
  const spec = {
    service: { name: service, port },
    backends: headlessBackends(String(service), podPort),
    match,
    strategy,
  };
  return imported(
    source,
    { spec, tasks: [CANARY_BACKENDS_TASK, ...(hooks === undefined ? [] : [EGRESS_TASK])] },
    REASONS,
  );
}

function take(source: Source, field: string): unknown {
  return source.take('spec', field);
}

/** `stepWeights`, or `stepWeight` up to `maxWeight`. Steps of Outrigger rise, and end at 100 anyway. */
function stepsOf(source: Source): { readonly steps?: readonly object[] } {
  const listed = source.peek('spec', 'analysis', 'stepWeights');
  const by = source.peek('spec', 'analysis', 'stepWeight');
  const most = source.peek('spec', 'analysis', 'maxWeight');
  const max = typeof most === 'number' ? most : 100;
  const weights = Array.isArray(listed) ? listed : typeof by === 'number' && by > 0 ? multiples(by, max) : [];
  const isRising = weights.every((weight, i) => typeof weight === 'number' && weight > (weights[i - 1] ?? 0));
  if (weights.length === 0 || weights.length > STEPS_MAX || !isRising) return {};
  for (const field of ['stepWeights', 'stepWeight', 'maxWeight']) source.take('spec', 'analysis', field);
  return { steps: weights.map((setWeight) => ({ setWeight })) };
}

function multiples(by: number, max: number): readonly number[] {
  const count = Math.min(Math.floor(max / by), STEPS_MAX + 1);
  return Array.from({ length: count }, (_, i) => by * (i + 1));
}

/** Flagger's time between checks as the least time of a step, and its bound of durations as ours. */
function analysisOf(source: Source): object | undefined {
  const interval = source.take('spec', 'analysis', 'interval');
  const slowerThan = source.entries('spec', 'analysis', 'metrics').flatMap((i) => {
    const path = ['spec', 'analysis', 'metrics', i] as const;
    const max = source.peek(...path, 'thresholdRange', 'max');
    if (source.peek(...path, 'name') !== 'request-duration' || typeof max !== 'number') return [];
    source.take(...path);
    return [`${max}ms`];
  })[0];
  if (interval === undefined && slowerThan === undefined) return undefined;
  return {
    ...(interval === undefined ? {} : { minimum: { time: interval } }),
    ...(slowerThan === undefined ? {} : { latency: { slowerThan } }),
  };
}
