import { Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../connection.ts';
import { readAim, readTimeout } from './aim.ts';
import { reach } from './reach.ts';

interface Options extends ApiOptions {
  readonly for: string;
  readonly timeout: string;
}

/** A release takes minutes to hours; a job that waits for one has a limit of its own. */
const TIMEOUT_DEFAULT = '1h';

/** `outrigger canary wait NAME --for promoted`: for scripts; by its exit code it says how the release has ended. */
export function waitCommand(): Command {
  return withApiOptions(new Command('wait'))
    .description('Wait for a release: exit 0 once it is so; 1 when time is over, and at once when it can no longer be.')
    .argument('<name>')
    .requiredOption('--for <what>', 'promoted, condition=NAME[=STATUS] or phase=PHASE')
    .option('--timeout <time>', 'give up after it, such as 90s or 1h30m; 0 looks once', TIMEOUT_DEFAULT)
    .action(async (name: string, { for: wanted, timeout, ...options }: Options) => {
      const aim = readAim(wanted);
      const timeoutMs = readTimeout(timeout);
      const key = { namespace: options.namespace ?? 'default', name };
      await reach(await openApi(options), key, aim, { wanted, timeoutMs });
      process.stdout.write(`canary.outrigger.dev/${name} condition met\n`);
    });
}
