import { Command } from 'commander';
import { createTwoFilesPatch } from 'diff';
import jsonPatch from 'fast-json-patch';
import { stringify } from 'yaml';
import { CHANNEL_DEFAULT, parseClusterRecord } from '../../../functions/cluster-record/cluster-record.ts';
import { STATUS } from '../../../functions/injection/annotations.ts';
import { createPlanMemo } from '../../../functions/injection/plan/plan-memo.ts';
import { describeFaults } from '../../../functions/json/faults.ts';
import type { Template } from '../../../functions/template/template.ts';
import { LOCAL_CLUSTER } from '../../local/server/mutate.ts';
import { UsageError } from '../errors.ts';
import { type Fleet, type FleetOptions, openFleet, withFleetOptions } from '../fleet.ts';
import { decidePod } from '../pod/decide-pod.ts';
import { readManifests } from '../pod/pod-options.ts';
import { findPods, type PodSource } from '../pod/workload.ts';
import { readTemplate, templateFrom } from '../template-source.ts';

interface Options extends FleetOptions {
  readonly filename: readonly string[];
  readonly candidate?: string;
  readonly to?: string;
  readonly channel: string;
  readonly namespace: string;
}

/** `outrigger template diff`: what Pods would get from a candidate, against what they get now. */
export function diffCommand(): Command {
  return withFleetOptions(new Command('diff'))
    .description(
      'Show what Pods would get from a candidate (the newest version, unless named) against the version that a channel ' +
        'serves. Exit code 0: no difference, 1: differences, 2: an error, or a Pod that both refuse: nothing is compared.',
    )
    .argument('<name>')
    .requiredOption('-f, --filename <file...>', 'manifests of Pods and workloads: files, folders, - for standard input')
    .option('--candidate <file>', 'a template source that is not published yet')
    .option('--to <version>', 'a version, or a channel')
    .option('--channel <channel>', 'the channel to compare with', CHANNEL_DEFAULT)
    .option('-n, --namespace <namespace>', 'namespace of documents that name none', 'default')
    .action(async (name: string, options: Options) => {
      // Until the end is reached there was an error; 1 means differences, as for diff and kubectl diff.
      process.exitCode = 2;
      if (options.candidate !== undefined && options.to !== undefined) {
        throw new UsageError('use either --candidate or --to');
      }
      const pods = (await readManifests(options.filename)).flat().flatMap((d) => findPods(d.value));
      if (pods.length === 0) throw new UsageError('there is no Pod in the files');
      const fleet = await openFleet(options);
      const served = await published(fleet, name, options.channel);
      const candidate =
        options.candidate === undefined
          ? await published(fleet, name, options.to)
          : await fromFile(options.candidate, name);
      const diffs = pods.map((pod) => diffPod(pod, served, candidate, options.namespace));
      process.stdout.write(diffs.map(({ patch }) => patch).join(''));
      process.stderr.write(diffs.map(({ note }) => note ?? '').join(''));
      if (diffs.some(({ isRefused }) => isRefused)) return;
      process.exitCode = diffs.some(({ patch }) => patch !== '') ? 1 : 0;
    });
}

/** What a candidate changes for one Pod. */
interface PodDiff {
  /** Unified; empty where nothing changes. */
  readonly patch: string;
  /** A line about why there is nothing to compare: neither template reaches the Pod. */
  readonly note?: string;
  /** Whether both would refuse the Pod, by a fault of its own: what they do to it is not known. */
  readonly isRefused?: boolean;
}

/** The diff of a Pod after either template, applied by name. */
function diffPod(pod: PodSource, served: Template, candidate: Template, namespace: string): PodDiff {
  const [before, after] = [injected(pod, served, namespace), injected(pod, candidate, namespace)];
  if (before.text !== after.text) {
    const title = (template: Template): string => `${pod.title} with ${template.name}@${template.version}`;
    const patch = createTwoFilesPatch(title(served), title(candidate), before.text, after.text, '', '', { context: 3 });
    return { patch };
  }
  if (before.why === undefined) return { patch: '' };
  const isRefused = before.isRefused || after.isRefused;
  return {
    patch: '',
    isRefused,
    note: `${pod.title}: ${isRefused ? 'refused' : 'left alone'} by both: ${before.why}\n`,
  };
}

/** A Pod after a template; where it does not get it `why`, and in place of the text a comment with the same. */
interface InjectedPod {
  readonly text: string;
  readonly why?: string;
  readonly isRefused: boolean;
}

function injected(pod: PodSource, template: Template, namespace: string): InjectedPod {
  // Templates may name it; it is the same on both sides.
  const record = parseClusterRecord({ discovery: { host: 'discovery.example.com' } });
  if (!record.valid) throw new Error(describeFaults(record.faults));
  const state = { cluster: LOCAL_CLUSTER, record: record.value, templates: new Map([[template.name, template]]) };
  const { outcome } = decidePod(pod, namespace, state, createPlanMemo(), [template.name]);
  if (outcome.reason !== 'Injected' && outcome.reason !== 'AlreadyInjected') {
    const why = `${outcome.sentence} (${outcome.reason})`;
    return { text: `# not injected: ${why}\n`, why, isRefused: outcome.verdict !== 'skip' };
  }
  const { newDocument } = jsonPatch.applyPatch(structuredClone(pod.pod), structuredClone([...outcome.operations]));
  // It names version and hash, which always differ.
  const text = stringify(newDocument, { lineWidth: 0, aliasDuplicateObjects: false });
  return { text: text.replace(new RegExp(`^ *${STATUS.replaceAll('.', '\\.')}: .*\n`, 'm'), ''), isRefused: false };
}

async function published({ publisher }: Fleet, name: string, reference: string | undefined): Promise<Template> {
  const found = await publisher.get(name, reference);
  if ('unreadable' in found) throw new UsageError(`version ${found.version} of ${name}: ${found.unreadable}`);
  return templateFrom(found.document, String(found.version));
}

async function fromFile(file: string, name: string): Promise<Template> {
  const template = await readTemplate(file, 'candidate');
  if (template.name !== name) throw new UsageError(`${file} is template ${template.name}, not ${name}`);
  return template;
}
