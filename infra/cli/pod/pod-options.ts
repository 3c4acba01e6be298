import { type Command, Option } from 'commander';
import { filesOf } from '../files-of.ts';
import { readSourceFile } from '../source-file.ts';
import { type StateOptions, withStateOptions } from '../state.ts';
import { readDocuments, type YamlDocument } from '../yaml-document.ts';

/** The options of the commands that decide about the Pods of manifests. */
export interface PodOptions extends StateOptions {
  /** Absent only where the command does without. */
  readonly filename?: readonly string[];
  /** The names, each once for every time it was written; undefined: as the webhook decides. */
  readonly template?: readonly string[];
  readonly namespace: string;
}

/** Adds the options of `PodOptions` to a command. @param isFileNeeded whether it refuses to run without `-f` */
export function withPodOptions(command: Command, { isFileNeeded = true } = {}): Command {
  const file = new Option(
    '-f, --filename <file...>',
    'manifests in YAML or JSON: files, folders, - for standard input',
  );
  const pods = command
    .addOption(file.makeOptionMandatory(isFileNeeded))
    .option('--template <name...>', 'exactly these templates: a b, or a,b (default: as the webhook decides)', addNames)
    .option('-n, --namespace <namespace>', 'namespace of documents that name none', 'default');
  return withStateOptions(pods);
}

/** The documents of all files (`filesOf`), a list for each file. */
export async function readManifests(files: readonly string[] = []): Promise<readonly (readonly YamlDocument[])[]> {
  const sources = await Promise.all((await filesOf(files)).map(readSourceFile));
  return sources.map(({ text, file }) => readDocuments(text, file));
}

/** `a,b`, as the annotation has it. */
function addNames(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').map((name) => name.trim())];
}
