import { Command, Option } from 'commander';
import { own } from '../../../functions/json/check.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import { UsageError } from '../errors.ts';
import { filesOf } from '../files-of.ts';
import { readSourceFile } from '../source-file.ts';
import { readDocuments, toJson } from '../yaml-document.ts';
import { type ApiOptions, openApi, type ReleaseApi, withApiOptions } from './connection.ts';
import { readCanary } from './rows.ts';
import { ServerError } from './server-error.ts';

interface Options extends ApiOptions {
  readonly filename: readonly string[];
  readonly dryRun?: 'server' | 'none';
}

/** A manifest, with where it goes. */
interface Manifest {
  readonly name: string;
  readonly namespace: string;
  readonly document: unknown;
}

/** `outrigger canary apply -f`: creates canaries, or makes them what the file says. */
export function applyCommand(): Command {
  return withApiOptions(new Command('apply'))
    .description('Create canaries from manifests, or make them what the manifests say.')
    .requiredOption('-f, --filename <file...>', 'manifests in YAML or JSON: files, folders, - for standard input')
    .addOption(new Option('--dry-run <how>', 'server: check and answer, write nothing').choices(['server', 'none']))
    .action(async ({ filename, dryRun, ...options }: Options) => {
      // All are read before one is sent.
      const manifests = await readCanaries(filename, options.namespace);
      const api = await openApi(options);
      const isDryRun = dryRun === 'server';
      for (const manifest of manifests) {
        const done = await apply(api, manifest, isDryRun);
        process.stdout.write(`canary.outrigger.dev/${manifest.name} ${done}${isDryRun ? ' (server dry run)' : ''}\n`);
      }
    });
}

/** The canaries of every file (`filesOf`), in their order; throws UsageError for a file without any. */
async function readCanaries(paths: readonly string[], namespace: string | undefined): Promise<readonly Manifest[]> {
  const sources = await Promise.all((await filesOf(paths)).map(readSourceFile));
  return sources.flatMap(({ text, file }) => {
    const documents = readDocuments(text, file).filter(({ value }) => value !== null);
    if (documents.length === 0) throw new UsageError(`${file} holds no manifest`);
    return documents.map(({ value }) => manifestOf(value, namespace, file));
  });
}

async function apply(
  api: ReleaseApi,
  { name, namespace, document }: Manifest,
  isDryRun: boolean,
): Promise<'created' | 'configured' | 'unchanged'> {
  const path = `canaries/${encodeURIComponent(name)}`;
  const before = await api.ask({ method: 'GET', namespace, path }).catch((error: unknown) => {
    if (error instanceof ServerError && error.status === 404) return undefined;
    throw error;
  });
  const query = isDryRun ? { dryRun: 'All' } : {};
  const { status, text } = await api.ask({ method: 'PUT', namespace, path, query, body: document });
  if (status === 201 || before === undefined) return 'created';
  const version = (body: string): string => readCanary(body).metadata.resourceVersion;
  return version(text) === version(before.text) ? 'unchanged' : 'configured';
}

function manifestOf(value: unknown, namespace: string | undefined, file: string): Manifest {
  const kind = isRecord(value) ? own(value, 'kind') : undefined;
  if (!isRecord(value) || kind !== 'Canary') {
    throw new UsageError(
      `${file} holds ${JSON.stringify(kind) ?? 'a document without kind'}; only a Canary can be applied`,
    );
  }
  const metadata = own(value, 'metadata');
  const name = isRecord(metadata) ? own(metadata, 'name') : undefined;
  const said = isRecord(metadata) ? own(metadata, 'namespace') : undefined;
  if (typeof name !== 'string' || name === '') throw new UsageError(`${file}: metadata.name is missing`);
  if (typeof said === 'string' && namespace !== undefined && said !== namespace) {
    const what = `the namespace from the provided object "${said}" does not match the namespace "${namespace}"`;
    throw new UsageError(`${what}. You must pass '--namespace=${said}' to perform this operation.`);
  }
  // Through JSON, as it will be sent: what JSON cannot hold is said to be so by the API.
  const document: unknown = JSON.parse(toJson(value));
  return { name, namespace: typeof said === 'string' ? said : (namespace ?? 'default'), document };
}
