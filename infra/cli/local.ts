import { randomUUID } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { DNS_LABEL } from '../../functions/json/check.ts';
import { LOCAL_ISSUER } from '../local/server/discovery.ts';
import { LOCAL_FLEET } from '../local/server/mutate.ts';
import { mintServiceAccountToken } from '../local/server/service-account-token.ts';
import { loadIssuerKeys, openStateDir, STATE_DIR_DEFAULT } from '../local/server/state.ts';

interface Options {
  readonly namespace: string;
  readonly pod?: string;
  readonly serviceAccount: string;
  /** Seconds. */
  readonly duration: number;
  readonly audience: string;
  readonly stateDir: string;
}

/** Kubernetes makes tokens for at least ten minutes, and for at most 2^32 seconds. */
const [SECONDS_MIN, SECONDS_MAX] = [600, 2 ** 32];
const UNIT_SECONDS = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
]);

/** `outrigger local`: what stands in for a Kubernetes cluster on this machine. */
export function localCommand(): Command {
  const token = new Command('token')
    .description('Print a ServiceAccount token that the running endpoint takes from proxies, as the kubelet would.')
    .requiredOption('-n, --namespace <name>', 'namespace of the proxy', parseName)
    .option('--pod <name>', 'Pod of the proxy', parseName)
    .option('--service-account <name>', 'ServiceAccount of the proxy', parseName, 'default')
    .addOption(
      new Option('--duration <time>', 'how long it is good: 10m, 1h').argParser(parseDuration).default(3_600, '1h'),
    )
    .option('--audience <name>', 'whom it is for', `outrigger/${LOCAL_FLEET}`)
    .option('--state-dir <dir>', 'state folder of the endpoint', STATE_DIR_DEFAULT)
    .action(async ({ namespace, pod, serviceAccount, duration, audience, stateDir }: Options) => {
      const { privateJwk } = await loadIssuerKeys(await openStateDir(stateDir));
      const text = await mintServiceAccountToken(privateJwk, {
        namespace,
        serviceAccount,
        ...(pod === undefined ? {} : { pod: { name: pod, uid: randomUUID() } }),
        audience,
        issuer: LOCAL_ISSUER,
        duration,
        now: Date.now(),
      });
      process.stdout.write(`${text}\n`);
    });
  return new Command('local').description('What stands in for a Kubernetes cluster on this machine.').addCommand(token);
}

function parseName(text: string): string {
  if (!DNS_LABEL.test(text)) throw new InvalidArgumentError('must be a DNS label.');
  return text;
}

function parseDuration(text: string): number {
  const [, digits, unit = 's'] = /^(\d{1,10})([smh]?)$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNIT_SECONDS.get(unit === '' ? 's' : unit) ?? 0);
  if (!(seconds >= SECONDS_MIN && seconds <= SECONDS_MAX)) {
    throw new InvalidArgumentError('must be a duration of at least 10m, such as 1h.');
  }
  return seconds;
}
