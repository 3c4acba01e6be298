import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { NoClusterRecordError } from '../../functions/errors.ts';
import { isRecord } from '../../functions/json/faults.ts';
import type { FleetState } from '../../functions/template-store/cache/fleet-state.ts';
import { createTemplateCache } from '../../functions/template-store/cache/template-cache.ts';
import type { TemplateStore } from '../../functions/template-store/store.ts';
import type { StoreProblem } from '../../functions/template-store/store-problem.ts';
import { openLocalStore, TEMPLATES_DIR_DEFAULT } from '../local/server/local-store.ts';
import { LOCAL_CLUSTER } from '../local/server/mutate.ts';
import { STATE_DIR_DEFAULT } from '../local/server/state.ts';
import { UsageError } from './errors.ts';
import { type FleetOptions, openFleet, withFleetOptions } from './fleet.ts';
import { knownClusters } from './known-clusters.ts';
import { readSourceFile } from './source-file.ts';
import { readDocuments } from './yaml-document.ts';

/** Where templates and cluster record come from: folders, or with `--cluster` and no `--record` Parameter Store. */
export interface StateOptions extends FleetOptions {
  readonly templates: string;
  readonly stateDir: string;
  /** The name of the Kubernetes cluster; with `--record` a workload's place in a roll-out depends on it. */
  readonly cluster?: string;
  readonly channel?: string;
  /** A cluster record in YAML or JSON that stands in for the state folder's. */
  readonly record?: string;
}

/** A segment of a parameter's name. */
const CLUSTER = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/;
/** The longest that a command waits for what it needs to know, in milliseconds. */
const READ_MS = 10_000;
const REGISTER = 'register it with: outrigger cluster register';

/** Adds the options of `StateOptions` to a command. */
export function withStateOptions(command: Command): Command {
  const local = command
    .option('--templates <dir>', 'folder of sidecar templates', TEMPLATES_DIR_DEFAULT)
    .option('--state-dir <dir>', 'folder with the cluster record', STATE_DIR_DEFAULT)
    .addOption(new Option('--cluster <name>', 'read Parameter Store instead, as the function does for this cluster'))
    .option('--record <file>', "cluster record in YAML or JSON, in place of the state folder's; - for standard input")
    .option('--channel <channel>', "with --cluster: the channel (default: the cluster record's)");
  return withFleetOptions(local).hook('preAction', (_, asked) => {
    const { cluster, channel, record } = asked.opts<StateOptions>();
    const isFleet = ['fleet', 'region', 'endpointUrl'].some((name) => asked.getOptionValueSource(name) === 'cli');
    if (cluster === undefined && (isFleet || channel !== undefined)) {
      throw new UsageError('--fleet, --channel, --region and --endpoint-url need --cluster: whose record decides?');
    }
    if (record !== undefined && (isFleet || channel !== undefined)) {
      throw new UsageError(
        '--record is for templates of a folder; --fleet, --channel, --region and --endpoint-url are not',
      );
    }
    if (cluster !== undefined && !CLUSTER.test(cluster)) {
      throw new UsageError('--cluster must be letters, digits, ., - and _, at most 63 characters');
    }
  });
}

/**
 * All that a decision needs. Faults of single templates are warnings on standard error. Throws UsageError when nothing
 * can be read, or what Parameter Store was called in vain for.
 */
export async function loadState(options: StateOptions): Promise<FleetState> {
  const { cluster, channel, templates, stateDir, record } = options;
  if (cluster === undefined || record !== undefined) {
    const store = openLocalStore(resolve(templates), resolve(stateDir));
    const document = record === undefined ? undefined : await readRecord(record);
    const opened = document === undefined ? store : { ...store, getClusterRecord: async () => document };
    return await readState(opened, cluster ?? LOCAL_CLUSTER, (faults) => {
      throw new UsageError(`no templates can be read from ${templates}: ${faults.join('; ')}`);
    });
  }
  const { store } = await openFleet(options);
  return await readState(withChannel(store, channel), cluster, (_faults, cause) => {
    throw cause;
  });
}

/** The same cluster and record with the templates of a folder. */
export async function withTemplatesOf(folder: string, { cluster, record }: FleetState): Promise<FleetState> {
  const store = openLocalStore(resolve(folder), resolve(folder, 'no-records'));
  return await readState({ ...store, getClusterRecord: async () => record }, cluster, (faults) => {
    throw new UsageError(`no templates can be read from ${folder}: ${faults.join('; ')}`);
  });
}

/** Reads a cluster's record and templates from a store; `failed` says what is to be said where they cannot be had. */
export async function readState(
  store: TemplateStore,
  cluster: string,
  failed: (faults: readonly string[], cause: unknown) => never,
): Promise<FleetState> {
  const problems: StoreProblem[] = [];
  const cache = createTemplateCache(store, {
    ttlMs: 6 * READ_MS,
    readMs: READ_MS,
    serveStale: false,
    now: Date.now,
    random: Math.random,
    report: (problem) => problems.push(problem),
  });
  const refuseRecord = (): void => {
    const refused = problems.find((t) => t.what === 'cluster record refused');
    if (refused !== undefined) throw new UsageError(`the cluster record is not valid: ${refused.why}`);
  };
  const sentences = (): readonly string[] => problems.map(({ what, name, why }) => `${what}: ${name}: ${why}`);
  const state = await cache.stateFor(cluster, READ_MS).catch(async (error: unknown) => {
    refuseRecord();
    if (error instanceof NoClusterRecordError) {
      throw new UsageError(`${error.message}${await knownClusters(store, AbortSignal.timeout(READ_MS))}; ${REGISTER}`);
    }
    return failed(sentences(), error instanceof Error ? (error.cause ?? error) : error);
  });
  refuseRecord();
  for (const fault of sentences()) process.stderr.write(`warning: ${fault}\n`);
  return state;
}

/** A store whose cluster records name this channel. */
function withChannel(store: TemplateStore, channel: string | undefined): TemplateStore {
  return {
    ...store,
    async getClusterRecord(cluster, signal) {
      const record = await store.getClusterRecord(cluster, signal);
      // What is no record at all is refused when it is parsed.
      return channel === undefined || !isRecord(record) ? record : { ...record, channel };
    },
  };
}

async function readRecord(path: string): Promise<unknown> {
  const { text, file } = await readSourceFile(path);
  const documents = readDocuments(text, file);
  const [document] = documents;
  if (document === undefined || documents.length > 1) throw new UsageError(`${file} must hold one cluster record`);
  return document.value;
}
