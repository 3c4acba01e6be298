import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import {
  type WebhookOptions,
  webhookConfiguration,
} from '../../functions/registration/objects/webhook-configuration.ts';
import { type LocalEndpoint, readLocalEndpoint } from '../local/server/endpoint-file.ts';
import { STATE_DIR_DEFAULT } from '../local/server/state.ts';
import { UsageError } from './errors.ts';

interface Options extends Pick<WebhookOptions, 'failurePolicy' | 'reinvocationPolicy' | 'timeoutSeconds'> {
  readonly output: 'yaml' | 'json';
  readonly stateDir: string;
}

/** `outrigger webhook`: prints the registration of the running local endpoint. */
export function webhookCommand(): Command {
  return new Command('webhook')
    .description('Print the MutatingWebhookConfiguration for the running endpoint, ready for kubectl apply -f -.')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['yaml', 'json']).default('yaml'))
    .addOption(
      new Option('--failure-policy <policy>', 'what the cluster does when the endpoint fails')
        .choices(['Ignore', 'Fail'])
        .default('Ignore'),
    )
    .addOption(
      new Option('--reinvocation-policy <policy>', 'whether to be called again after other webhooks')
        .choices(['Never', 'IfNeeded'])
        .default('Never'),
    )
    .option('--timeout-seconds <number>', 'how long the API server waits, 1 to 30', parseSeconds)
    .option('--state-dir <dir>', 'state folder of the running endpoint', STATE_DIR_DEFAULT)
    .action(async (options: Options) => {
      const endpoint = await findEndpoint(options.stateDir);
      if (endpoint.caFile === undefined) {
        throw new UsageError(
          'the endpoint serves HTTP; kube-apiserver calls only https. Start it with: npm start -- --https',
        );
      }
      const configuration = webhookConfiguration({
        ...options,
        url: endpoint.webhookUrl,
        ca: await readFile(endpoint.caFile, 'utf8'),
      });
      const isYaml = options.output === 'yaml';
      process.stdout.write(
        isYaml ? stringify(configuration, { lineWidth: 0 }) : `${JSON.stringify(configuration, null, 4)}\n`,
      );
    });
}

async function findEndpoint(stateDir: string): Promise<LocalEndpoint> {
  const endpoint = await readLocalEndpoint(stateDir);
  if (endpoint === undefined || !isAlive(endpoint.pid)) {
    throw new UsageError(`no endpoint is running with state in ${stateDir}; start one with: npm start -- --https`);
  }
  return endpoint;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 30)
    throw new InvalidArgumentError('must be from 1 to 30.');
  return seconds;
}
