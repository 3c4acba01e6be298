import { UsageError } from '../errors.ts';
import { CANARY_BACKENDS_TASK, headlessBackends } from './backends.ts';
import { type Imported, imported, type Reasons } from './imported.ts';
import type { Source } from './source.ts';

const WORKLOAD = 'Outrigger rolls no workload out; keep a Deployment for each track';
const VERDICT = 'the verdict compares the canary with stable, as the callers count them';
const CANARY = 'spec.strategy.canary';
const REASONS: Reasons = {
  spec: WORKLOAD,
  [`${CANARY}.canaryService`]: 'the backends are headless Services of their own',
  [`${CANARY}.trafficRouting`]: 'callers are split by their own sidecars',
  [`${CANARY}.analysis`]: VERDICT,
  [`${CANARY}.steps`]: 'only setWeight that rises and pause have a counterpart',
  [`${CANARY}.scaleDownDelaySeconds`]: WORKLOAD,
  [`${CANARY}.maxSurge`]: WORKLOAD,
  [`${CANARY}.maxUnavailable`]: WORKLOAD,
};

/** What a file says besides of the Service that callers name, and what the command line does. */
export interface ServiceHints {
  /** `--service`. */
  readonly service: string | undefined;
  /** `--port`. */
  readonly port: number | undefined;
  /** The first port of a Service that stands in the same file. */
  portOf(service: string): number | undefined;
}

/** A Rollout of `argoproj.io/v1alpha1` with the canary strategy. Throws UsageError where no Canary can be made of it. */
export function importArgo(source: Source, hints: ServiceHints): Imported {
  if (source.peek('spec', 'strategy', 'canary') === undefined) {
    throw new UsageError(`${source.title} has no spec.strategy.canary; only canary releases can be imported`);
  }
  const service = hints.service ?? serviceOf(source);
  const port = hints.port ?? hints.portOf(service);
  if (port === undefined) {
    const how = `use --port, or put the Service into the file`;
    throw new UsageError(`${source.title} does not name the port of Service ${service}: ${how}`);
  }
  const deadline = source.peek('spec', 'progressDeadlineSeconds');
  if (typeof deadline === 'number') source.take('spec', 'progressDeadlineSeconds');
  const strategy = {
    ...stepsOf(source),
    ...(typeof deadline === 'number' ? { progressDeadline: `${deadline}s` } : {}),
  };
  const spec = { service: { name: service, port }, backends: headlessBackends(service, podPort(source)), strategy };
  return imported(source, { spec, tasks: [CANARY_BACKENDS_TASK] }, REASONS);
}

/** The Service that callers name: the root of SMI, else the stable one. */
function serviceOf(source: Source): string {
  const canary = ['spec', 'strategy', 'canary'] as const;
  const root = source.take(...canary, 'trafficRouting', 'smi', 'rootService');
  const stable = source.take(...canary, 'stableService');
  const service = root ?? stable;
  if (typeof service === 'string') return service;
  throw new UsageError(`${source.title} names no Service that callers use: use --service`);
}

/** The one port of the one container that has ports. */
function podPort(source: Source): unknown {
  const containers = ['spec', 'template', 'spec', 'containers'] as const;
  const ports = source
    .entries(...containers)
    .flatMap((i) =>
      source.entries(...containers, i, 'ports').map((j) => source.peek(...containers, i, 'ports', j, 'containerPort')),
    );
  return ports.length === 1 ? ports[0] : undefined;
}

function stepsOf(source: Source): { readonly steps?: readonly object[] } {
  const list = ['spec', 'strategy', 'canary', 'steps'] as const;
  let last = 0;
  const steps = source.entries(...list).flatMap((i): readonly object[] => {
    const weight = source.peek(...list, i, 'setWeight');
    if (typeof weight === 'number' && weight > last && weight <= 100) {
      source.take(...list, i);
      last = weight;
      return [{ setWeight: weight }];
    }
    const pause = source.peek(...list, i, 'pause');
    if (pause === undefined) return [];
    source.take(...list, i);
    const duration = source.peek(...list, i, 'pause', 'duration');
    return [{ pause: duration === undefined ? {} : { duration: withUnit(duration) } }];
  });
  return steps.length === 0 ? {} : { steps };
}

/** Argo reads a number, and text without a unit, as seconds. */
function withUnit(duration: unknown): string {
  const text = String(duration);
  return /^\d+$/.test(text) ? `${text}s` : text;
}
