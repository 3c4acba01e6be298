import { Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { isRecord, printable } from '../../../functions/json/faults.ts';
import { UsageError } from '../errors.ts';
import { onlyFile } from '../files-of.ts';
import { readSourceFile } from '../source-file.ts';
import { isList, readDocuments, toJson } from '../yaml-document.ts';
import { importAppMesh } from './appmesh.ts';
import { importArgo, type ServiceHints } from './argo.ts';
import { importFlagger } from './flagger.ts';
import type { Imported } from './imported.ts';
import { createSource, type Source } from './source.ts';

interface Options {
  readonly filename: string;
  readonly output: 'yaml' | 'json';
  readonly service?: string;
  readonly port?: number;
}

/** A kind of another project that becomes a Canary. */
interface Importer {
  readonly name: string;
  readonly what: string;
  readonly kind: string;
  readonly group: string;
  convert(source: Source, all: readonly Source[], hints: ServiceHints): Imported;
}

const IMPORTERS: readonly Importer[] = [
  { name: 'flagger', what: 'Canaries of Flagger', kind: 'Canary', group: 'flagger.app', convert: importFlagger },
  {
    name: 'argo',
    what: 'Rollouts of Argo Rollouts',
    kind: 'Rollout',
    group: 'argoproj.io',
    convert: (source, _, hints) => importArgo(source, hints),
  },
  {
    name: 'appmesh',
    what: 'VirtualRouters of AWS App Mesh',
    kind: 'VirtualRouter',
    group: 'appmesh.k8s.aws',
    convert: importAppMesh,
  },
];

/** `outrigger import flagger|argo|appmesh -f FILE`: resources of another project as Canaries. */
export function importCommand(): Command {
  const command = new Command('import').description(
    'Turn resources of another project into Canaries, and name what is not carried over.',
  );
  for (const importer of IMPORTERS) command.addCommand(commandOf(importer));
  return command;
}

function commandOf(importer: Importer): Command {
  const command = new Command(importer.name)
    .description(`Turn ${importer.what} into Canaries. What is not carried over is named on standard error.`)
    .requiredOption('-f, --filename <file>', 'manifests in YAML or JSON, - for standard input', onlyFile)
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json']).default('yaml'));
  if (importer.name === 'argo') {
    command
      .option('--service <name>', 'the Service that callers name, where the Rollout does not tell')
      .option('--port <number>', 'the port that callers name, where the file has no such Service', portOf);
  }
  return command.action(async (options: Options) => {
    const { text, file } = await readSourceFile(options.filename);
    const documents = readDocuments(text, file).flatMap(({ value }) => itemsOf(value));
    const wanted = documents.filter((document) => isOf(document, importer));
    if (wanted.length === 0) {
      throw new UsageError(`${file} holds no ${importer.kind} of ${importer.group}`);
    }
    const all = documents.flatMap((document) => createSource(document) ?? []);
    const sources = wanted.map((document) => createSource(document) ?? missingName(file, importer.kind));
    const hints = { service: options.service, port: options.port, portOf: portFinder(all) };
    const made = sources.map((source) => importer.convert(source, all, hints));
    for (const note of made.flatMap(({ notes }) => notes))
      process.stderr.write(`warning: ${file}: ${printable(note)}\n`);
    process.stdout.write(textOf(made, options.output));
  });
}

function textOf(made: readonly Imported[], output: Options['output']): string {
  const manifests = made.map(({ manifest }) => manifest);
  if (output === 'yaml') return manifests.map((manifest) => stringify(manifest, { lineWidth: 0 })).join('---\n');
  const [only, ...more] = manifests;
  return `${toJson(more.length === 0 ? only : { apiVersion: 'v1', kind: 'List', items: manifests })}\n`;
}

function itemsOf(value: unknown): readonly unknown[] {
  if (!isList(value) || !isRecord(value)) return [value];
  const { items } = value;
  return Array.isArray(items) ? items : [];
}

function isOf(document: unknown, { kind, group }: Importer): boolean {
  return isRecord(document) && document['kind'] === kind && String(document['apiVersion']).split('/')[0] === group;
}

function missingName(file: string, kind: string): never {
  throw new UsageError(`${file}: a ${kind} has no metadata.name`);
}

function portFinder(all: readonly Source[]): ServiceHints['portOf'] {
  return (name) => {
    const service = all.find((one) => one.kind === 'Service' && one.name === name);
    const port = service?.peek('spec', 'ports', 0, 'port');
    return typeof port === 'number' ? port : undefined;
  };
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('it must be a number from 1 to 65535');
}
