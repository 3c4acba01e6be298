import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DNS_LABEL } from '../../../functions/json/check.ts';
import { WEBHOOK_TIMEOUT_SECONDS } from '../../../functions/limits.ts';
import { plannedObjects } from '../../../functions/registration/plan-registration.ts';
import { registerCluster } from '../../../functions/registration/register-cluster.ts';
import type { RegistrationSpec } from '../../../functions/registration/registrar.ts';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { followLocally } from './local-endpoint.ts';
import { endpointOf, openRecords, targetOf } from './target.ts';
import { clusterVerb, openTools, type WorkOptions, warn, within } from './tools.ts';

interface Options extends WorkOptions {
  readonly endpoint?: string;
  readonly endpointCa?: string;
  readonly discoveryEndpoint?: string;
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly reinvocationPolicy: 'Never' | 'IfNeeded';
  readonly timeoutSeconds: number;
  readonly namespaces?: readonly string[];
  readonly companionPolicy: 'Warn' | 'Deny' | 'None';
  readonly defaultTemplates?: readonly string[];
  readonly issuer?: string;
  readonly jwks?: string;
  readonly forceConflicts: boolean;
  readonly dryRun: 'none' | 'client' | 'server';
  readonly output?: DataFormat;
}

/** `outrigger cluster register`: the webhook and its companion policy, in a Kubernetes cluster. */
export function registerCommand(): Command {
  return clusterVerb('register', '2m')
    .description('Register the endpoint with a Kubernetes cluster, or bring its registration up to date.')
    .option('--endpoint <url>', 'where the endpoint begins, https://host[/stage] (with --state-dir: the running one)')
    .option('--endpoint-ca <file>', 'authority of its certificate in PEM, where it is not a public one')
    .option(
      '--discovery-endpoint <url>',
      'where proxies poll, https://host, where that is another place (the Function URL, a container)',
      parseHost,
    )
    .addOption(choice('--failure-policy <policy>', 'what becomes of Pods while the endpoint fails', ['Ignore', 'Fail']))
    .addOption(
      choice('--reinvocation-policy <policy>', 'whether to be called again after other webhooks', [
        'Never',
        'IfNeeded',
      ]),
    )
    .option(
      '--timeout-seconds <number>',
      'how long the API server waits, 1 to 30',
      parseSeconds,
      WEBHOOK_TIMEOUT_SECONDS,
    )
    .option('--namespaces <names>', 'a stage of the roll-out: only these of the opted-in namespaces, a,b', parseNames)
    .addOption(
      choice('--companion-policy <action>', 'what is done about opted-in Pods without the sidecar', [
        'Warn',
        'Deny',
        'None',
      ]),
    )
    .option(
      '--default-templates <names>',
      'what Pods get without asking, a,b (default: as the record says)',
      parseNames,
    )
    .option('--issuer <url>', "the cluster's ServiceAccount issuer, whose proxies may ask for configuration")
    .option('--jwks <file>', 'its keys, where they are not public (kubectl get --raw /openid/v1/jwks)')
    .option('--force-conflicts', 'take over fields that another manager owns', false)
    .addOption(
      choice('--dry-run <strategy>', 'print the objects (client), or let the API server try', [
        'none',
        'client',
        'server',
      ]),
    )
    .addOption(dataOutputOption())
    .action(async (options: Options) => {
      const spec = await specOf(options);
      if (options.dryRun === 'client') return await printObjects(spec, options);
      const tools = await openTools(options);
      const how = { force: options.forceConflicts, dryRun: options.dryRun === 'server' };
      const report = await within(options, 'run it again', (signal) => registerCluster(spec, tools, how, signal));
      if (!how.dryRun) await followLocally(options, report.epoch);
      process.stdout.write(dataText(options.output, report, () => report.changes.map((line) => `${line}\n`).join('')));
      warn(report.warnings);
    });
}

async function specOf(options: Options): Promise<RegistrationSpec> {
  const { failurePolicy, reinvocationPolicy, timeoutSeconds, namespaces, companionPolicy } = options;
  const { defaultTemplates, issuer, discoveryEndpoint } = options;
  const jwks: unknown = options.jwks === undefined ? undefined : JSON.parse(await readFile(options.jwks, 'utf8'));
  return {
    ...targetOf(options),
    endpoint: await endpointOf(options, options.endpoint, options.endpointCa),
    ...(discoveryEndpoint === undefined ? {} : { discovery: discoveryEndpoint }),
    ...{ failurePolicy, reinvocationPolicy, timeoutSeconds, companionPolicy },
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(options.stateDir === undefined ? {} : { keepsDiscovery: true }),
    record: {
      ...(defaultTemplates === undefined ? {} : { defaultTemplates }),
      ...(issuer === undefined ? {} : { issuer }),
      ...(jwks === undefined ? {} : { jwks }),
    },
  };
}

async function printObjects(spec: RegistrationSpec, options: Options): Promise<void> {
  const tools = { ...(await openRecords(options)), now: Date.now };
  const { objects, warnings } = await within(options, 'try again', (signal) => plannedObjects(spec, tools, signal));
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  process.stdout.write(dataText(options.output ?? 'yaml', list, () => ''));
  warn(warnings);
}

/** An option with a closed set of values; the first is the default. */
function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values).default(values[0]);
}

function parseNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => DNS_LABEL.test(name))) return names;
  throw new InvalidArgumentError('must be names, separated by commas.');
}

function parseHost(text: string): string {
  const [, host] = /^(https:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?)\/?$/.exec(text) ?? [];
  if (host !== undefined) return host;
  throw new InvalidArgumentError('must be https://host or https://host:port.');
}

function parseSeconds(text: string): number {
  if (/^([1-9]|[12]\d|30)$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be from 1 to 30.');
}
