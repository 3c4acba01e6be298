import { type Command, InvalidArgumentError, Option } from 'commander';
import { type AccessOptions, clusterName, withAccessOptions } from '../cluster/target.ts';
import { milliseconds } from '../cluster/tools.ts';
import { UsageError } from '../errors.ts';
import { type FleetOptions, withFleetOptions } from '../fleet.ts';

/** Options of the verbs that can ask an API server what it makes of a template. */
export interface ServerOptions extends FleetOptions, AccessOptions {
  readonly validate: 'client' | 'server';
  /** Whose record says what templates find there. */
  readonly cluster?: string;
  readonly namespace: string;
  /** Values of parameters, by name. */
  readonly set?: ReadonlyMap<string, string>;
  /** Milliseconds, for all templates together. */
  readonly timeout: number;
}

/** Those that mean nothing unless a server is asked. */
const SERVER_ONLY = ['kubeconfig', 'context', 'eks', 'cluster', 'namespace', 'set', 'timeout'];
/** A DNS label. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const TIMEOUT = '1m';

/** Adds the options of `ServerOptions` to a command. */
export function withServerOptions(command: Command): Command {
  const asking = command
    .addOption(
      new Option('--validate <who>', 'what checks the templates: this command alone, or an API server too (a dry run)')
        .choices(['client', 'server'])
        .default('client'),
    )
    .option('--cluster <name>', 'with --validate server: whose record to take (default: that of --eks)', clusterName)
    .option('-n, --namespace <namespace>', 'with --validate server: where the Pod would be', namespace, 'default')
    .option('--set <name=value>', 'with --validate server: a parameter of the templates; may be repeated', addValue)
    .addOption(
      new Option('--timeout <duration>', 'with --validate server: the longest to take')
        .argParser(milliseconds)
        .default(milliseconds(TIMEOUT), TIMEOUT),
    );
  return withFleetOptions(withAccessOptions(asking)).hook('preAction', (_, asked) => {
    if (asked.opts<ServerOptions>().validate === 'server') return;
    const stray = SERVER_ONLY.find((name) => asked.getOptionValueSource(name) === 'cli');
    if (stray !== undefined) throw new UsageError(`--${stray} is for --validate server`);
  });
}

function namespace(text: string): string {
  if (NAMESPACE.test(text)) return text;
  throw new InvalidArgumentError('must be the name of a namespace.');
}

function addValue(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('must be name=value.');
  return new Map([...before, [text.slice(0, at), text.slice(at + 1)]]);
}
