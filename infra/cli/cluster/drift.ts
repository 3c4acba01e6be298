import { Option } from 'commander';
import { readDrift } from '../../../functions/drift/read-drift.ts';
import { type DriftReport, readReport } from '../../../functions/drift/report.ts';
import { createClusterApi } from '../../../functions/kube-api/https-cluster-api.ts';
import { STATE_DIR_DEFAULT } from '../../local/server/state.ts';
import { openApi } from '../canary/connection.ts';
import { UsageError } from '../errors.ts';
import { type DriftFormat, driftText } from './drift-output.ts';
import { loadClusterState } from './drift-state.ts';
import { openAccess, targetOf } from './target.ts';
import { clusterVerb, type WorkOptions, within } from './tools.ts';

interface Options extends WorkOptions {
  readonly allNamespaces?: boolean;
  readonly namespace?: string;
  readonly output?: DriftFormat;
  readonly exitCode?: boolean;
  readonly last?: boolean;
  readonly url?: string;
  readonly tokenFile?: string;
}

/** The code for an error where 1 means drift, as kubectl diff has it. */
const ERROR = 2;

/** `outrigger cluster drift`: which running Pods are not as they would be made today, and what to restart. */
export function driftCommand(): ReturnType<typeof clusterVerb> {
  return clusterVerb('drift', '5m')
    .description(
      'List the workloads whose running Pods lack a template, run an old version, or carry one that no rule gives them ' +
        'today, and say what to restart. It only reads Pods and namespaces.',
    )
    .option('-A, --all-namespaces', 'of every namespace (the default)')
    .option('-n, --namespace <namespace>', 'of this namespace only')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json', 'yaml', 'wide', 'name']))
    .option('--exit-code', 'exit with 1 if there is drift, 0 if there is none, 2 on an error')
    .option('--last', 'the last scheduled report, from the release API, in place of a new one')
    .addOption(new Option('--url <url>', 'with --last: where the release API is').env('OUTRIGGER_URL'))
    .addOption(new Option('--token-file <file>', 'with --last: file with its bearer token').env('OUTRIGGER_TOKEN_FILE'))
    .action(async (options: Options) => {
      if (options.exitCode === true) process.exitCode = ERROR;
      if (options.allNamespaces === true && options.namespace !== undefined) {
        throw new UsageError('-A and -n contradict each other');
      }
      const report = options.last === true ? await readLast(options) : await readNow(options);
      process.stdout.write(driftText(report, options.output));
      if (options.exitCode === true) process.exitCode = report.drifted > 0 ? 1 : 0;
    });
}

async function readNow(options: Options): Promise<DriftReport> {
  const { cluster, fleet } = targetOf(options);
  const [served, access] = await Promise.all([loadClusterState({ ...options, cluster, fleet }), openAccess(options)]);
  const { namespace } = options;
  const one = namespace === undefined ? {} : { namespace };
  return await within(options, 'try again with -n, or give it more', async (signal) => {
    return await readDrift({ api: createClusterApi(access), ...served, ...one, now: Date.now, signal });
  });
}

async function readLast({ namespace, url, stateDir = STATE_DIR_DEFAULT, ...options }: Options): Promise<DriftReport> {
  if (namespace !== undefined) throw new UsageError('--last is of all namespaces: leave -n out');
  const cluster = options.cluster ?? options.eks;
  const api = await openApi({
    stateDir,
    ...(url === undefined ? {} : { url }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(options.tokenFile === undefined ? {} : { tokenFile: options.tokenFile }),
  });
  const { text } = await api.ask({ method: 'GET', namespace: undefined, path: 'drift' });
  const report = readReport(JSON.parse(text));
  if (report === undefined)
    throw new UsageError('the endpoint answered no DriftReport; is --url that of a release API?');
  return report;
}
