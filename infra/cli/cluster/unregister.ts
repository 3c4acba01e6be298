import type { Command } from 'commander';
import { unregisterCluster } from '../../../functions/registration/unregister-cluster.ts';
import { followLocally } from './local-endpoint.ts';
import { openRecords, targetOf } from './target.ts';
import { clusterVerb, openTools, type WorkOptions, within } from './tools.ts';

interface Options extends WorkOptions {
  readonly clusterGone: boolean;
  readonly deleteRecord: boolean;
}

/** `outrigger cluster unregister`: policy, webhook, then the token; do it before the endpoint goes. */
export function unregisterCommand(): Command {
  return clusterVerb('unregister', '2m')
    .description('Take the registration out of a Kubernetes cluster. Do it before the endpoint goes.')
    .option('--cluster-gone', 'the Kubernetes cluster is no more: only its record is closed', false)
    .option('--delete-record', 'delete the cluster record too, with everything that is set in it', false)
    .action(async (options: Options) => {
      const target = targetOf(options);
      const work = { removeRecord: options.deleteRecord };
      const { api, records, wait, say } = options.clusterGone
        ? { ...(await openRecords(options)), api: undefined, wait: async () => {}, say: () => {} }
        : await openTools(options);
      const tools = { records, wait, say, ...(api === undefined ? {} : { api }) };
      const { changes, epoch } = await within(options, 'run it again', (signal) =>
        unregisterCluster(target, tools, work, signal),
      );
      await followLocally(options, epoch);
      for (const line of changes) process.stdout.write(`${line}\n`);
      process.stdout.write(`cluster/${target.cluster} unregistered\n`);
    });
}
