import { Command, Option } from 'commander';
import { CHANNEL_REASONS, type ChannelChoice } from '../../functions/injection/channel.ts';
import type { Outcome } from '../../functions/injection/mutate-pod.ts';
import { createPlanMemo } from '../../functions/injection/plan-memo.ts';
import { type ShadowResult, versionsOf } from '../../functions/injection/shadow.ts';
import type { FleetState } from '../../functions/template/template-cache.ts';
import { LOCAL_CLUSTER } from '../local/doors.ts';
import { TEMPLATES_DIR_DEFAULT } from '../local/local-store.ts';
import { STATE_DIR_DEFAULT } from '../local/state.ts';
import { decidePod } from './decide-pod.ts';
import { UsageError } from './errors.ts';
import { loadLocalState } from './local-state.ts';
import { readSourceFile } from './source-file.ts';
import { findPods, type PodSource } from './workload.ts';
import { readDocuments, toJson } from './yaml-document.ts';

interface Options {
  readonly filename: readonly string[];
  readonly template?: readonly string[];
  readonly output?: 'json';
  readonly namespace: string;
  readonly templates: string;
  readonly stateDir: string;
  readonly record?: string;
  readonly cluster: string;
}

/** `outrigger explain`: what the webhook would do with a Pod, and why. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('Say what the webhook would do with the Pods of manifests: the reason, the templates, the operations.')
    .requiredOption('-f, --filename <file...>', 'manifest in YAML or JSON, - for standard input')
    .option('--template <name...>', 'as if the Pod asked for exactly these templates')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json']))
    .option('-n, --namespace <namespace>', 'namespace of documents that name none', 'default')
    .option('--templates <dir>', 'folder of sidecar templates', TEMPLATES_DIR_DEFAULT)
    .option('--state-dir <dir>', 'folder with the cluster record', STATE_DIR_DEFAULT)
    .option('--record <file>', 'cluster record in YAML or JSON, instead of the one in the folder; - for standard input')
    .option('--cluster <name>', 'as if in this Kubernetes cluster, whose name decides who is in a share', LOCAL_CLUSTER)
    .action(async (options: Options) => {
      const state = await loadLocalState(options);
      const files = await Promise.all(options.filename.map(readSourceFile));
      const pods = files.flatMap(({ text, file }) => readDocuments(text, file).flatMap((d) => findPods(d.value)));
      if (pods.length === 0) throw new UsageError('there is no Pod in the files');
      const explanations = pods.map((pod) => explain(pod, state, options));
      process.stdout.write(
        options.output === 'json' ? `${toJson(explanations)}\n` : explanations.map(describe).join('\n'),
      );
    });
}

/** What is said of one Pod; the words of the webhook's log line. */
interface Explanation extends Pick<Outcome, 'verdict' | 'reason' | 'sentence' | 'warnings' | 'operations'> {
  readonly pod: string;
  /** Whose templates decided, and why; absent where a guard decided without any. */
  readonly channel?: ChannelChoice & { readonly sentence: string };
  /** How the next channel would do, where it is in shadow mode. */
  readonly shadow?: ShadowResult;
  readonly namespace: string;
  readonly templates: readonly string[];
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
    verdict,
    reason,
    sentence,
    ...(verdict === 'fail' ? { failureMode } : {}),
    ...(choice && { channel: { ...choice, sentence: sentenceOf(choice, state) } }),
    ...(shadow && { shadow }),
    templates: versionsOf(outcome),
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
  const { channel, shadow } = explanation;
  const lines = [
    `${pod} in namespace ${namespace}: ${verdict}${failureMode === undefined ? '' : ` (failureMode ${failureMode})`}`,
    `  why:        ${sentence} (${reason})`,
    // Where there is no next channel, there is nothing to explain.
    ...(channel?.place === undefined
      ? []
      : [`  channel:    ${channel.channel}: ${channel.sentence} (${channel.reason})`]),
    ...(shadow === undefined ? [] : [`  shadow:     ${describeShadow(shadow)}`]),
    ...(templates.length === 0 ? [] : [`  templates:  ${templates.join(', ')}`]),
    ...warnings.map((warning) => `  warning:    ${warning}`),
    ...operations.map((o, i) => `  ${i === 0 ? 'operations:' : '           '} ${o.op} ${o.path}`),
  ];
  return `${lines.join('\n')}\n`;
}

function describeShadow({ channel, result, reason, templates = [], operations }: ShadowResult): string {
  const count = operations === undefined ? '' : `, ${operations} operations`;
  return `${channel}: ${result}: ${[reason, ...templates].join(' ')}${count}`;
}
