import { Command } from 'commander';
import { withExamples } from './examples/examples.ts';

/** A command of the first level, which is loaded only where it is called: most of what it imports costs time to load. */
interface LazyCommand {
  readonly name: string;
  /** Its line in `outrigger --help`. */
  readonly summary: string;
  /** @param verb the word behind the name, where a command has verbs to load one by one */
  readonly load: (verb?: string) => Promise<Command>;
}

const COMMANDS: readonly LazyCommand[] = [
  {
    name: 'inject',
    summary: 'Inject sidecars into the Pods of manifests, as istioctl kube-inject does.',
    load: async () => (await import('./pod/inject.ts')).injectCommand(),
  },
  {
    name: 'explain',
    summary: 'Explain what the webhook would do with Pods, and why.',
    load: async () => (await import('./pod/explain.ts')).explainCommand(),
  },
  {
    name: 'replay',
    summary: 'Inject recorded reviews again, by a candidate, and show what differs.',
    load: async () => (await import('./pod/replay.ts')).replayCommand(),
  },
  {
    name: 'local',
    summary: 'What stands in for a Kubernetes cluster on this machine.',
    load: async () => (await import('./local.ts')).localCommand(),
  },
  {
    name: 'template',
    summary: 'Check, publish, compare, promote and roll back sidecar templates.',
    load: async () => (await import('./template/template.ts')).templateCommand(),
  },
  {
    name: 'canary',
    summary: 'Release: move weights between stable and canary on running proxies.',
    load: async (verb) => await (await import('./canary/canary.ts')).canaryCommand(verb),
  },
  {
    name: 'kubeconfig',
    summary: 'Write a context by which kubectl finds the release API.',
    load: async () => (await import('./kubectl/kubeconfig.ts')).kubeconfigCommand(),
  },
  {
    name: 'proxy',
    summary: 'Serve the release API to kubectl on loopback, signed with AWS credentials.',
    load: async () => (await import('./kubectl/proxy.ts')).proxyCommand(),
  },
  {
    name: 'freeze',
    summary: 'Hold releases of a namespace, a Kubernetes cluster or the fleet.',
    load: async () => (await import('./freeze/freeze.ts')).freezeCommand(),
  },
  {
    name: 'unfreeze',
    summary: 'End a freeze.',
    load: async () => (await import('./freeze/unfreeze.ts')).unfreezeCommand(),
  },
  {
    name: 'cluster',
    summary: 'Register Kubernetes clusters, verify and rotate what is registered.',
    load: async () => (await import('./cluster/cluster.ts')).clusterCommand(),
  },
  {
    name: 'webhook',
    summary: 'Print the registration of the running local endpoint.',
    load: async () => (await import('./webhook.ts')).webhookCommand(),
  },
  {
    name: 'export',
    summary: 'Export templates as objects of Kubernetes.',
    load: async () => (await import('./export/export.ts')).exportCommand(),
  },
  {
    name: 'import',
    summary: 'Turn resources of Flagger, Argo Rollouts or App Mesh into Canaries.',
    load: async () => (await import('./import/import.ts')).importCommand(),
  },
  {
    name: 'console',
    summary: 'Look at releases, and steer them, in a browser.',
    load: async () => (await import('./console/console.ts')).consoleCommand(),
  },
  {
    name: 'completion',
    summary: 'Print a script by which bash, zsh or fish completes these words.',
    load: async () => (await import('./completion.ts')).completionCommand(async () => await createProgram('')),
  },
];

/**
 * The `outrigger` command. Every command has its name and summary; its verbs and options are there only where it is loaded.
 *
 * @param words those behind the program's name: only the command that they call is loaded; undefined loads all
 */
export async function createProgram(version: string, words?: readonly string[]): Promise<Command> {
  const program = new Command('outrigger')
    .version(version)
    .description('Injects sidecars into Kubernetes Pods from outside the cluster.')
    // `freeze` has options and subcommands with the same ones: each takes those behind its name.
    .enablePositionalOptions()
    // A command that is not loaded has no options and arguments to show.
    .configureHelp({ subcommandTerm: (command) => command.name() });
  const [called, verb] = words?.filter((word) => !word.startsWith('-') && word !== 'help') ?? [];
  for (const { name, summary, load } of COMMANDS) {
    const isLoaded = words === undefined || name === called;
    program.addCommand((isLoaded ? withExamples(await load(verb), [name]) : new Command(name)).summary(summary));
  }
  const showVersion = (): void => void process.stdout.write(`${version}\n`);
  return program.addCommand(
    withExamples(new Command('version').description('Show the version, as --version does.').action(showVersion), [
      'version',
    ]),
  );
}
