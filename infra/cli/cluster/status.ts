import type { Command } from 'commander';
import { printable } from '../../../functions/json/faults.ts';
import { type RegistrationStatus, readStatus } from '../../../functions/registration/read-status.ts';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { targetOf } from './target.ts';
import { clusterVerb, openTools, type WorkOptions, within } from './tools.ts';

interface Options extends WorkOptions {
  readonly output?: DataFormat;
}

/** `outrigger cluster status`: how a cluster stands, and whether its endpoint answers. */
export function statusCommand(): Command {
  return clusterVerb('status', '1m')
    .description('Show how a Kubernetes cluster is registered, and whether its endpoint answers.')
    .addOption(dataOutputOption())
    .action(async (options: Options) => {
      const tools = await openTools(options);
      const status = await within(options, 'try again', (signal) => readStatus(targetOf(options), tools, signal));
      process.stdout.write(
        dataText(options.output, status, () => printable(described(status)).replaceAll('\u0000', '\n')),
      );
    });
}

function described(status: RegistrationStatus): string {
  const { epoch, minEpoch, optedIn, namespaces } = status;
  const none = optedIn?.length === 0 ? 'none: kubectl label namespace NAME outrigger.dev/injection=enabled' : 'unknown';
  const rows: [string, string][] = [
    ['Cluster', status.cluster],
    ['Registered', status.isRegistered ? `yes, ${status.registered ?? 'without a URL'}` : 'no'],
    [
      'Endpoint',
      status.trouble === undefined ? (status.endpoint ?? '-') : `${status.endpoint ?? '-'}: ${status.trouble}`,
    ],
    ['Epoch', `${epoch} (accepted from ${minEpoch})${status.isRotating ? ', a rotation is under way' : ''}`],
    ['Failure policy', status.failurePolicy ?? '-'],
    ['Companion policy', status.hasPolicy ? (status.companionPolicy ?? 'there') : 'none'],
    ['Stage', namespaces === undefined ? 'every opted-in namespace' : namespaces.join(', ')],
    ['Opted in', optedIn !== undefined && optedIn.length > 0 ? optedIn.join(', ') : none],
  ];
  const width = Math.max(...rows.map(([title]) => title.length)) + 2;
  return rows.map(([title, text]) => `${`${title}:`.padEnd(width)} ${text}\u0000`).join('');
}
