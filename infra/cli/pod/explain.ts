import { Command } from 'commander';
import { CHANNEL_REASONS, type ChannelChoice } from '../../../functions/injection/channel.ts';
import type { Outcome } from '../../../functions/injection/outcome.ts';
import { createPlanMemo } from '../../../functions/injection/plan/plan-memo.ts';
import type { ShadowResult } from '../../../functions/injection/shadow.ts';
import type { FleetState } from '../../../functions/template-store/cache/fleet-state.ts';
import { type AccessOptions, withAccessOptions } from '../cluster/target.ts';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { UsageError } from '../errors.ts';
import { loadState } from '../state.ts';
import { decidePod } from './decide-pod.ts';
import { describeRules, type TracedRow, traceRules } from './explain-rules.ts';
import { type ExplainedTemplate, explainTemplates } from './explain-templates.ts';
import { describeLive, explainLive, type LiveExplanation, openLive } from './live/explain-live.ts';
import { type PodOptions, readManifests, withPodOptions } from './pod-options.ts';
import { findPods, type PodSource } from './workload.ts';

interface Options extends PodOptions, AccessOptions {
  readonly output?: DataFormat;
}

/** `outrigger explain`: what the webhook would do with a Pod, and why. */
export function explainCommand(): Command {
  return withAccessOptions(withPodOptions(new Command('explain'), { isFileNeeded: false }))
    .description(
      'Say what the webhook would do with the Pods of manifests: the reason, the rows of the rules that fit and why the ' +
        'others do not, the templates and why each was chosen, their parameters, the operations. Of an object of a live ' +
        'cluster also whether the webhook sees its Pods: namespace, registration, selectors.',
    )
    .argument('[resource]', 'pod/NAME, deploy/NAME, … of the live cluster, in place of -f')
    .addOption(dataOutputOption())
    .action(async (resource: string | undefined, options: Options, command: Command) => {
      if ((resource === undefined) === (options.filename === undefined)) {
        throw new UsageError('name either an object of the cluster, such as pod/web, or manifests with -f');
      }
      const explanations =
        resource === undefined ? await explainFiles(options) : [await explainObject(resource, options, command)];
      process.stdout.write(dataText(options.output, explanations, () => explanations.map(describe).join('\n')));
    });
}

async function explainFiles(options: Options): Promise<readonly Explanation[]> {
  const state = await loadState(options);
  const pods = (await readManifests(options.filename)).flat().flatMap((d) => findPods(d.value));
  if (pods.length === 0) throw new UsageError('there is no Pod in the files');
  return pods.map((pod) => explain(pod, state, options));
}

/** An EKS cluster has its own name in the fleet; of another cluster it is not known, and local templates decide. */
async function explainObject(resource: string, options: Options, command: Command): Promise<Explanation> {
  const isNamed = command.getOptionValueSource('namespace') !== 'default';
  const { live, namespace } = await openLive(resource, isNamed ? options.namespace : undefined, options);
  const cluster = options.cluster ?? (options.record === undefined ? options.eks : undefined);
  const known = { ...options, namespace, ...(cluster === undefined ? {} : { cluster }) };
  if (cluster === undefined && options.record === undefined) {
    const what = `the templates of ${options.templates} and the record in ${options.stateDir}`;
    process.stderr.write(`note: the rules are asked with ${what}; --cluster NAME takes those of the fleet\n`);
  }
  const explained = explain(live.pod, await loadState(known), known);
  return { ...explained, live: explainLive(live, namespace, explained) };
}

/** What is said of one Pod; the words of the webhook's log line. */
interface Explanation extends Pick<Outcome, 'verdict' | 'reason' | 'sentence' | 'warnings' | 'operations'> {
  readonly pod: string;
  /** The rows of the rules that were asked, up to the one that fits. */
  readonly rules: readonly TracedRow[];
  /** Whose templates decided, and why; absent where a guard decided without any. */
  readonly channel?: ChannelChoice & { readonly sentence: string };
  /** How the next channel would do, where it is in shadow mode. */
  readonly shadow?: ShadowResult;
  readonly namespace: string;
  readonly cluster: string;
  /** Only of an object of a cluster. */
  readonly live?: LiveExplanation;
  readonly templates: readonly ExplainedTemplate[];
  /** Only where a template cannot be applied: what the webhook answers then. */
  readonly failureMode?: Outcome['failureMode'];
}

function explain(pod: PodSource, state: FleetState, options: Options): Explanation {
  const decided = decidePod(pod, options.namespace, state, createPlanMemo(), options.template);
  const { outcome, choice, shadow } = decided;
  const { verdict, reason, sentence, operations, warnings, failureMode } = outcome;
  return {
    pod: pod.title,
    namespace: pod.namespace ?? options.namespace,
    cluster: state.cluster,
    verdict,
    reason,
    sentence,
    rules: traceRules(pod, options.namespace, state, options.template),
    ...(verdict === 'fail' ? { failureMode } : {}),
    ...(choice && { channel: { ...choice, sentence: sentenceOf(choice, state) } }),
    ...(shadow && { shadow }),
    templates: explainTemplates(pod.pod, outcome, state, {
      channel: options.cluster === undefined && choice?.place === undefined ? undefined : choice,
      isAsked: options.template !== undefined,
    }),
    operations,
    warnings,
  };
}

/** Why the channel, with the numbers: `… (place 37 of 0–99, share 50)`. */
function sentenceOf({ reason, place }: ChannelChoice, { record }: FleetState): string {
  const numbers =
    place === undefined || record.next === undefined ? '' : ` (place ${place}, share ${record.next.share})`;
  return CHANNEL_REASONS[reason] + numbers;
}

function describe(explanation: Explanation): string {
  const { pod, namespace, verdict, reason, sentence, failureMode, templates, operations, warnings } = explanation;
  const { channel, shadow, rules, live } = explanation;
  const parameters = templates.flatMap((t) => t.parameters.map((p) => `${p.name} = ${p.value} (${t.name}, ${p.from})`));
  const lines = [
    `${pod} in namespace ${namespace}: ${verdict}${failureMode === undefined ? '' : ` (failureMode ${failureMode})`}`,
    ...(live === undefined ? [] : describeLive(live).map((line) => `  ${line}`)),
    `  why:        ${sentence} (${reason})`,
    ...section('rules:', describeRules(rules)),
    // Where there is no next channel, there is nothing to explain.
    ...(channel?.place === undefined
      ? []
      : [`  channel:    ${channel.channel}: ${channel.sentence} (${channel.reason})`]),
    ...(shadow === undefined ? [] : [`  shadow:     ${describeShadow(shadow)}`]),
    ...section('templates:', templates.map(titleOf)),
    ...section('parameters:', parameters),
    ...warnings.map((warning) => `  warning:    ${warning}`),
    ...section(
      'operations:',
      operations.map((o) => `${o.op} ${o.path}`),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function describeShadow({ channel, result, reason, templates = [], operations }: ShadowResult): string {
  const count = operations === undefined ? '' : `, ${operations} operations`;
  return `${channel}: ${result}: ${[reason, ...templates].join(' ')}${count}`;
}

/** `envoy@7 from channel stable (a default template of the cluster)`. */
function titleOf({ name, version, channel, chosen }: ExplainedTemplate): string {
  return `${name}@${version}${channel === undefined ? '' : ` from channel ${channel}`} (${chosen})`;
}

/** Lines under one heading. */
function section(heading: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, i) => `  ${(i === 0 ? heading : '').padEnd(11)} ${line}`);
}
