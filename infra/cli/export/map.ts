import { createHash } from 'node:crypto';
import { parse as parsePath } from 'node:path';
import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import { describeFaults } from '../../../functions/json/faults.ts';
import { parseTemplate } from '../../../functions/template/parse/parse-template.ts';
import { readTemplateSource } from '../../../functions/template/source.ts';
import type { Template } from '../../../functions/template/template.ts';
import type { FleetState } from '../../../functions/template-store/cache/fleet-state.ts';
import { UsageError } from '../errors.ts';
import { onlyFile } from '../files-of.ts';
import { readSourceFile } from '../source-file.ts';
import { loadState, type StateOptions, withStateOptions } from '../state.ts';
import { mutatingAdmissionPolicy, type PolicyOptions } from './mutating-admission-policy.ts';

interface Options extends StateOptions, Omit<PolicyOptions, 'chooser'> {
  readonly filename?: string;
  readonly default?: true;
  readonly output: 'yaml' | 'json';
}

/** `outrigger export map`: a static template as a MutatingAdmissionPolicy with its binding. */
export function mapCommand(): Command {
  const command = new Command('map')
    .description(
      'Compile a static template into a MutatingAdmissionPolicy and its binding (Kubernetes 1.36 and newer).',
    )
    .argument('[name]', 'the template, as the cluster is served it')
    .option('-f, --filename <file>', 'a template source in its place, - for standard input', onlyFile)
    .option('--default', 'for every Pod of opted-in namespaces, as a default template of the cluster record')
    .addOption(
      new Option('--failure-policy <policy>', 'what happens to a Pod that it cannot be applied to')
        .choices(['Ignore', 'Fail'])
        .default('Ignore'),
    )
    .addOption(
      new Option('--reinvocation-policy <policy>', 'whether to look again after other mutations')
        .choices(['Never', 'IfNeeded'])
        .default('Never'),
    )
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json']).default('yaml'));
  return withStateOptions(command).action(async (name: string | undefined, options: Options) => {
    const state = await loadState(options);
    const template = await findTemplate(name, options.filename, state);
    const { record } = state;
    if (!record.nativeSidecars)
      throw new UsageError('the cluster record says nativeSidecars: false; the cluster has no such policies');
    const chooser = options.default
      ? { ...record, defaultTemplates: [...record.defaultTemplates, template.name] }
      : record;
    const made = mutatingAdmissionPolicy(template, { ...options, chooser });
    if (!made.valid) {
      throw new UsageError(`${template.name} cannot be a MutatingAdmissionPolicy: ${describeFaults(made.faults)}`);
    }
    const notes = [...notesOn(template, chooser.defaultTemplates), ...noteOnFailure(template, options)];
    for (const note of notes) process.stderr.write(`note: ${note}\n`);
    process.stdout.write(options.output === 'yaml' ? toYaml(made.value) : toList(made.value));
  });
}

async function findTemplate(name: string | undefined, path: string | undefined, state: FleetState): Promise<Template> {
  if ((name === undefined) === (path === undefined)) throw new UsageError('name a template, or a file with -f');
  if (path === undefined) {
    const template = state.templates.get(name ?? '');
    if (template !== undefined) return template;
    const known = [...state.templates.keys()].join(', ') || 'none';
    throw new UsageError(`there is no template ${name}; there are: ${known}`);
  }
  const { text, file } = await readSourceFile(path);
  const source = readTemplateSource(text, parsePath(path).name);
  // The version that a folder of templates gives it.
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const template = source.valid ? parseTemplate(source.value, version) : source;
  if (!template.valid) throw new UsageError(`${file} is not a template: ${describeFaults(template.faults)}`);
  return template.value;
}

/** What a reader of the policy would not expect. */
function notesOn({ name, match, parameters = [] }: Template, defaults: readonly string[]): readonly string[] {
  const fixed = parameters.map((parameter) => `${parameter.name} = ${parameter.default}`);
  return [
    ...(match === undefined && !defaults.includes(name)
      ? [
          `only Pods that name ${name} in outrigger.dev/templates get it: it has no match and is no default template (--default)`,
        ]
      : []),
    ...(fixed.length === 0
      ? []
      : [`parameters are fixed: ${fixed.join(', ')}; a Pod that says otherwise is not changed`]),
  ];
}

/** A policy gives no warning, and refuses nothing under Ignore: who named the template is not told that it is not there. */
function noteOnFailure({ name, failureMode }: Template, { failurePolicy }: Options): readonly string[] {
  if (failureMode !== 'Defer' || failurePolicy === 'Fail') return [];
  return [
    `under Ignore a Pod that names ${name} and that it cannot be applied to starts without it, unsaid (--failure-policy Fail refuses it)`,
  ];
}

function toYaml(manifests: readonly unknown[]): string {
  return manifests.map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}

function toList(items: readonly unknown[]): string {
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 4)}\n`;
}
