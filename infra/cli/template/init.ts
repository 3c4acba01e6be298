import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { own } from '../../../functions/json/check.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import { codeOf, UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { readLinted } from '../template-source.ts';

/** Templates to begin with, each a file. */
const READY_DIR = join(import.meta.dirname, '..', '..', 'ready-templates');

interface Options {
  readonly filename?: string;
}

/** `outrigger template init`: a ready template as a file of one's own. */
export function initCommand(): Command {
  return new Command('init')
    .description('Write a ready template to a file, to change and publish; without a name list them.')
    .argument('[name]', 'the ready template, such as otel-collector')
    .option('-f, --filename <file>', 'where to, - for standard output (default: NAME.yaml)')
    .action(async (name: string | undefined, { filename }: Options) => {
      const names = await readyNames();
      if (name === undefined) {
        if (filename !== undefined) throw new UsageError(`name one of the ready templates: ${names.join(', ')}`);
        process.stdout.write(table(['NAME', 'POD SECURITY', 'DESCRIPTION'], await Promise.all(names.map(rowOf))));
        return;
      }
      if (!names.includes(name)) {
        throw new UsageError(`there is no ready template ${name}; there are ${names.join(', ')}`);
      }
      const text = await readFile(join(READY_DIR, `${name}.yaml`), 'utf8');
      if (filename === '-') {
        process.stdout.write(text);
        return;
      }
      const file = filename ?? `${name}.yaml`;
      await writeNew(file, text);
      process.stdout.write(
        `${file} written; check it with "outrigger template lint -f ${file}", then "outrigger template publish -f ${file}"\n`,
      );
    });
}

async function readyNames(): Promise<readonly string[]> {
  const files = await readdir(READY_DIR);
  return files.map((file) => file.replace(/\.yaml$/, '')).toSorted();
}

async function rowOf(name: string): Promise<readonly string[]> {
  const { document, report } = await readLinted(join(READY_DIR, `${name}.yaml`));
  const metadata = isRecord(document) ? own(document, 'metadata') : undefined;
  const annotations = isRecord(metadata) ? own(metadata, 'annotations') : undefined;
  const description = isRecord(annotations) ? own(annotations, 'outrigger.dev/description') : undefined;
  return [name, report.podSecurity?.level ?? '<unknown>', String(description ?? '')];
}

/** Never over a file that is there: it may have been changed. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw new UsageError(`${file} exists already; name another file with -f, or remove it`);
    if (codeOf(error) === 'ENOENT') throw new UsageError(`there is no folder for ${file}`);
    throw error;
  }
}
