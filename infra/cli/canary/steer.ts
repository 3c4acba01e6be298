import { Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../errors.ts';
import { type ApiAsk, type ApiOptions, openApi, withApiOptions } from './connection.ts';
import { readScope } from './scope.ts';

interface Options extends ApiOptions {
  readonly reason?: string;
  readonly force?: boolean;
  readonly full?: boolean;
  readonly fromStep?: number;
  readonly allClusters?: boolean;
}

/** A command that does something with a release. */
interface Steer {
  readonly description: string;
  /** What is printed when it is done, as kubectl does. */
  readonly done: string;
  /** What `--force` goes past; without it there is nothing to force. */
  readonly force?: string;
}

const TOO_FEW = 'also while a freeze is in force, or proxies find too few Pods of the canary; needs --reason';

const STEER = {
  start: {
    description: 'Start the release that spec.strategy describes: it advances by itself from there.',
    done: 'started',
    force: 'also while a freeze is in force, or no proxy that calls counts; needs --reason',
  },
  promote: {
    description: 'End the pause that the release waits at, or, at its end, the release.',
    done: 'promoted',
    force: TOO_FEW,
  },
  pause: { description: 'Hold the release where it is; it is still watched.', done: 'paused' },
  resume: { description: 'Let a paused release go on.', done: 'resumed', force: TOO_FEW },
  skip: {
    description: 'Go to the next step, whatever is known of the canary.',
    done: 'step skipped',
    force: TOO_FEW,
  },
  undo: {
    description: 'Send every request back to stable and end the release, which has not failed by that.',
    done: 'undone',
  },
  abort: { description: 'Send every request to stable, whatever the release is doing.', done: 'aborted' },
  retry: {
    description: 'Start an aborted release again.',
    done: 'retried',
    force: 'also while a freeze is in force; needs --reason',
  },
} as const satisfies Readonly<Record<string, Steer>>;

/** A verb of a release, as the release API names it too. */
export type SteerCommand = keyof typeof STEER;

/** Every verb of a release, in the order in which help lists them. */
export const STEER_COMMANDS: readonly SteerCommand[] = [
  ...(['start', 'promote', 'pause', 'resume', 'skip', 'undo'] as const),
  ...(['abort', 'retry'] as const),
];

/** `outrigger canary start|promote|pause|resume|skip|undo|abort|retry NAME`. */
export function steerCommand(verb: SteerCommand): Command {
  const { description, done, force: forces }: Steer = STEER[verb];
  const command = withApiOptions(new Command(verb))
    .description(description)
    .argument('<name>')
    .option('--reason <text>', 'why, for the history')
    .option('--all-clusters', 'in every Kubernetes cluster of its spec.clusters, also where one refuses it');
  if (verb === 'promote') command.option('--full', 'straight to 100 %, past every step and pause');
  if (verb === 'retry') {
    command.option('--from-step <number>', 'the step to begin at behind the baseline, as status counts them', stepOf);
  }
  if (forces !== undefined) command.option('--force', forces);
  return command.action(async (name: string, { allClusters = false, ...options }: Options) => {
    const ask = askOf(verb, name, options);
    const told = `canary.outrigger.dev/${name} ${options.full === true ? 'fully ' : ''}${done}`;
    if (allClusters) return await inEachCluster(options, name, ask, told);
    await (await openApi(options)).ask(ask);
    process.stdout.write(`${told}\n`);
  });
}

function askOf(verb: SteerCommand, name: string, options: Options): ApiAsk {
  const { namespace, reason, fromStep, force = false, full = false } = options;
  if (force && reason === undefined) throw new UsageError('--force needs --reason, for the history');
  const body = {
    ...(reason === undefined ? {} : { reason }),
    ...(full ? { full } : {}),
    ...(fromStep === undefined ? {} : { fromStep }),
  };
  return {
    method: 'POST',
    namespace: namespace ?? 'default',
    path: `canaries/${encodeURIComponent(name)}/${verb}`,
    ...(force ? { query: { force: 'true', reason } } : {}),
    ...(Object.keys(body).length === 0 ? {} : { body }),
  };
}

/**
 * Asks the same of the release API for each Kubernetes cluster that a canary names, with the rights that the user has in each.
 * One that refuses keeps none of the others from being asked: an abort has to reach all that it can. Throws UsageError that
 * names those which refused, and what reading the canary throws.
 *
 * @param options name the Kubernetes cluster whose canary is read for the others
 * @param told what is printed of each that has done it
 */
async function inEachCluster(options: ApiOptions, name: string, ask: ApiAsk, told: string): Promise<void> {
  const read = await readScope(await openApi(options), { name, namespace: ask.namespace, selector: undefined });
  const names = read?.canaries[0]?.spec.clusters?.names;
  if (names === undefined) throw new UsageError(`${name} has no spec.clusters: leave --all-clusters out`);
  const refused: string[] = [];
  for (const cluster of names) {
    try {
      await (await openApi({ ...options, cluster })).ask(ask);
      process.stdout.write(`${told} in ${cluster}\n`);
    } catch (error) {
      refused.push(cluster);
      process.stderr.write(`${cluster}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  if (refused.length > 0) throw new UsageError(`not done in ${refused.join(', ')}`);
}

function stepOf(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it must be the number of a step, 1 for the first');
}
