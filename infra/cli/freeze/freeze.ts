import { Command } from 'commander';
import { readDuration } from '../../../functions/canary/freeze/window.ts';
import { own } from '../../../functions/json/check.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import type { ReleaseApi } from '../canary/connection.ts';
import { ServerError } from '../canary/server-error.ts';
import { UsageError } from '../errors.ts';
import { filesOf } from '../files-of.ts';
import { readSourceFile } from '../source-file.ts';
import { readDocuments, toJson } from '../yaml-document.ts';
import { getCommand } from './get.ts';
import { DEFAULT_NAME, openPlace, type PlaceOptions, placeOf, withPlaceOptions } from './place.ts';

interface Options extends PlaceOptions {
  readonly reason?: string;
  readonly until?: string;
  readonly filename?: readonly string[];
}

/** A freeze that is to be written. */
interface Wanted {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly document: unknown;
}

const DAY_MS = 86_400_000;

/** `outrigger freeze [NAME]`: no canary gets a larger share until `outrigger unfreeze`. */
export function freezeCommand(): Command {
  return (
    withPlaceOptions(new Command('freeze'))
      .description('Stop the line: no canary gets a larger share. Aborts, undo and smaller shares always go on.')
      .argument('[name]', `name of the freeze (default: ${DEFAULT_NAME})`)
      .option('--reason <text>', 'why, for those who meet it')
      .option('--until <time>', 'when it ends: 2026-12-24T18:00:00+01:00, or from now 90m, 8h, 2d')
      .option(
        '-f, --filename <file...>',
        'freezes in YAML or JSON, for time windows: files, folders, - for standard input',
      )
      // Options behind a subcommand are the subcommand's (`program.ts` has its half of it).
      .enablePositionalOptions()
      .addCommand(getCommand('list'))
      .addCommand(getCommand('get'))
      .action(async (name: string | undefined, options: Options) => {
        const wanted = await wantedBy(name, options, Date.now());
        const { path } = placeOf(options);
        const api = await openPlace(options);
        for (const freeze of wanted) {
          process.stdout.write(`freeze.outrigger.dev/${freeze.name} ${await put(api, path, freeze)}\n`);
        }
      })
  );
}

async function wantedBy(name: string | undefined, options: Options, now: number): Promise<readonly Wanted[]> {
  const { reason, until, filename } = options;
  const { namespace } = placeOf(options);
  if (filename !== undefined) {
    if ([name, reason, until].some((each) => each !== undefined)) {
      throw new UsageError('with -f the file says name, reason and end: leave NAME, --reason and --until out');
    }
    return await readFreezes(filename, options);
  }
  if (reason === undefined) throw new UsageError('a freeze needs --reason, or a file (-f): those who meet it ask why');
  const end = until === undefined ? {} : { until: timeOf(until, now) };
  const spec = { reason, ...end };
  return [{ name: name ?? DEFAULT_NAME, namespace, document: documentOf(spec) }];
}

async function readFreezes(paths: readonly string[], options: Options): Promise<readonly Wanted[]> {
  const sources = await Promise.all((await filesOf(paths)).map(readSourceFile));
  return sources.flatMap(({ text, file }) => {
    const found = readDocuments(text, file).filter(({ value }) => value !== null);
    if (found.length === 0) throw new UsageError(`${file} holds no freeze`);
    return found.map(({ value }) => wantedIn(value, file, options));
  });
}

function wantedIn(value: unknown, file: string, options: Options): Wanted {
  if (!isRecord(value) || own(value, 'kind') !== 'Freeze') {
    throw new UsageError(`${file} holds a document that is no Freeze; canaries are applied by outrigger canary apply`);
  }
  const metadata = own(value, 'metadata');
  const name = isRecord(metadata) ? own(metadata, 'name') : undefined;
  const said = isRecord(metadata) ? own(metadata, 'namespace') : undefined;
  if (typeof name !== 'string' || name === '') throw new UsageError(`${file}: metadata.name is missing`);
  const place = placeOf(options);
  const isWide = options.allNamespaces === true || options.fleet === true;
  if (typeof said === 'string' && (isWide || (options.namespace !== undefined && options.namespace !== said))) {
    throw new UsageError(`${file}: ${name} is of namespace ${said}, and the options name ${place.words}`);
  }
  // Through JSON, as it will be sent.
  const document: unknown = JSON.parse(toJson(value));
  return { name, namespace: typeof said === 'string' ? said : place.namespace, document };
}

async function put(
  api: ReleaseApi,
  resource: string,
  { name, namespace, document }: Wanted,
): Promise<'created' | 'configured' | 'unchanged'> {
  const path = `${resource}/${encodeURIComponent(name)}`;
  const before = await api.ask({ method: 'GET', namespace, path }).catch((error: unknown) => {
    if (error instanceof ServerError && error.status === 404) return undefined;
    throw error;
  });
  const { status, headers } = await api.ask({ method: 'PUT', namespace, path, body: document });
  if (status === 201 || before === undefined) return 'created';
  return headers['etag'] === before.headers['etag'] ? 'unchanged' : 'configured';
}

function documentOf(spec: object): object {
  return { apiVersion: 'outrigger.dev/v1alpha1', kind: 'Freeze', metadata: {}, spec };
}

/** A time of RFC 3339 as it is; a duration counts from now. */
function timeOf(until: string, now: number): string {
  const duration = readDuration(until);
  if (duration !== undefined) return new Date(now + duration.days * DAY_MS + duration.ms).toISOString();
  if (/^\d{4}-/.test(until)) return until;
  throw new UsageError(`--until must be a time such as 2026-12-24T18:00:00Z, or 90m, 8h or 2d from now; not ${until}`);
}
