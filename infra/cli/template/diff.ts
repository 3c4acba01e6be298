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
        'serves. Exit code 0: no difference, 1: differences, 2: an error.',
    )
    .argument('<name>')
    .requiredOption('-f, --filename <file...>', 'manifests of Pods and workloads, - for standard input')
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
      const patches = pods.map((pod) => diffPod(pod, served, candidate, options.namespace)).filter((p) => p !== '');
      process.stdout.write(patches.join(''));
      process.exitCode = patches.length > 0 ? 1 : 0;
    });
}

/** A unified diff of the Pod after either template, applied by name; empty when it is the same. */
function diffPod(pod: PodSource, served: Template, candidate: Template, namespace: string): string {
  const [before, after] = [served, candidate].map((template) => injectedText(pod, template, namespace));
  if (before === after) return '';
  const title = (template: Template): string => `${pod.title} with ${template.name}@${template.version}`;
  return createTwoFilesPatch(title(served), title(candidate), before ?? '', after ?? '', '', '', { context: 3 });
}

function injectedText(pod: PodSource, template: Template, namespace: string): string {
  // Templates may name it; it is the same on both sides.
  const record = parseClusterRecord({ discovery: { host: 'discovery.example.com' } });
  if (!record.valid) throw new Error(describeFaults(record.faults));
  const state = { cluster: LOCAL_CLUSTER, record: record.value, templates: new Map([[template.name, template]]) };
  const { outcome } = decidePod(pod, namespace, state, createPlanMemo(), [template.name]);
  if (outcome.reason !== 'Injected') return `# not injected: ${outcome.sentence} (${outcome.reason})\n`;
  const { newDocument } = jsonPatch.applyPatch(structuredClone(pod.pod), structuredClone([...outcome.operations]));
  // It names version and hash, which always differ.
  const text = stringify(newDocument, { lineWidth: 0, aliasDuplicateObjects: false });
  return text.replace(new RegExp(`^ *${STATUS.replaceAll('.', '\\.')}: .*\n`, 'm'), '');
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
