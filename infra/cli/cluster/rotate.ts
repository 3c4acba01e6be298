import type { Command } from 'commander';
import { rotateCluster } from '../../../functions/registration/rotate-cluster.ts';
import { followLocally } from './local-endpoint.ts';
import { targetOf } from './target.ts';
import { clusterVerb, milliseconds, openTools, type WorkOptions, warn, within } from './tools.ts';

interface Options extends WorkOptions {
  readonly gracePeriod?: number;
  readonly forceConflicts: boolean;
}

/** Local files are read again after 200 ms. */
const LOCAL_FOLLOW_MS = 1_000;

/** `outrigger cluster rotate`: a new URL, and the old token is refused; Pods are made and injected all the while. */
export function rotateCommand(): Command {
  return clusterVerb('rotate', '5m')
    .description('Give a cluster a new webhook URL, and refuse the token of the old one. Takes about two minutes.')
    .option('--grace-period <duration>', 'how long API servers are given to follow (default: 60s)', milliseconds)
    .option('--force-conflicts', 'take over fields that another manager owns', false)
    .action(async (options: Options) => {
      const { gracePeriod, forceConflicts: force } = options;
      const tools = await openTools(options);
      const target = targetOf(options);
      const waits = {
        ...(gracePeriod === undefined ? {} : { apiServersFollowMs: gracePeriod }),
        ...(options.stateDir === undefined ? {} : { cachesFollowMs: LOCAL_FOLLOW_MS }),
      };
      const again = 'nothing is broken: run it again, and it goes on where it ended';
      const { from, epoch, warnings } = await within(options, again, (signal) =>
        rotateCluster(target, tools, { force, ...waits }, signal),
      );
      await followLocally(options, epoch);
      process.stdout.write(`cluster/${target.cluster} rotated from epoch ${from} to ${epoch}\n`);
      warn(warnings);
    });
}
