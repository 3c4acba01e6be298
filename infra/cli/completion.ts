import { Argument, Command } from 'commander';

/** The shells that a script can be printed for. */
type Shell = 'bash' | 'zsh' | 'fish';

/** What may follow on a command: verbs and options, and of options with choices their values. */
interface Node {
  /** The words of the command, e.g. `canary get`; empty for the program. */
  readonly path: string;
  readonly verbs: readonly string[];
  readonly options: readonly string[];
  readonly choices: ReadonlyMap<string, readonly string[]>;
}

/**
 * `outrigger completion SHELL`: a script that completes commands, options and their values. It holds them all, so that
 * pressing Tab starts no process. @param openProgram with every command loaded
 */
export function completionCommand(openProgram: () => Promise<Command>): Command {
  return new Command('completion')
    .description('Print a script by which a shell completes the words of outrigger; source it, or write it to a file.')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: Shell) => {
      const nodes = nodesOf(await openProgram(), []);
      process.stdout.write(SCRIPTS[shell](nodes));
    });
}

const SCRIPTS: Readonly<Record<Shell, (nodes: readonly Node[]) => string>> = {
  bash: bashScript,
  // zsh runs bash's completions, and has since 2007.
  zsh: (nodes) =>
    `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(nodes)}`,
  fish: fishScript,
};

function nodesOf(command: Command, path: readonly string[]): readonly Node[] {
  const visible = command.createHelp().visibleOptions(command);
  const flagsOf = ({ long, short }: { long?: string | undefined; short?: string | undefined }): readonly string[] =>
    [long, short].filter((flag) => flag !== undefined);
  const node: Node = {
    path: path.join(' '),
    verbs: command.commands.flatMap((verb) => [verb.name(), ...verb.aliases()]),
    options: visible.flatMap(flagsOf),
    choices: new Map(visible.flatMap((one) => flagsOf(one).map((flag) => [flag, one.argChoices ?? []]))),
  };
  const below = command.commands.flatMap((verb) =>
    [verb.name(), ...verb.aliases()].flatMap((name) => nodesOf(verb, [...path, name])),
  );
  return [node, ...below];
}

/** Every word is one of ours: letters, digits and dashes. */
function bashScript(nodes: readonly Node[]): string {
  const known = nodes.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const choices = nodes.flatMap((node) =>
    [...node.choices].flatMap(([flag, values]) =>
      values.length === 0 ? [] : [`    "${`${node.path} ${flag}`.trim()}") words="${values.join(' ')}" ;;`],
    ),
  );
  const words = nodes.map(
    ({ path, verbs, options }) => `    "${path}") words="${[...verbs, ...options].join(' ')}" ;;`,
  );
  return `# outrigger completion bash
_outrigger() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" path="" next words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
    ${known.join('|')}) path="$next" ;;
    esac
  done
  case "\${path:+$path }$before" in
${choices.join('\n')}
  esac
  if [[ -z $words ]]; then
    case "$path" in
${words.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o bashdefault -o default -F _outrigger outrigger
`;
}

function fishScript(nodes: readonly Node[]): string {
  const paths = nodes.map(({ path }) => path).filter((path) => path !== '');
  const lines = nodes.flatMap(({ path, verbs, options, choices }) => {
    const when = `complete -c outrigger -n '__outrigger_at "${path}"'`;
    const flags = options.map((flag) => {
      const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
      const values = choices.get(flag) ?? [];
      return values.length === 0 ? `${when} ${name}` : `${when} ${name} -x -a '${values.join(' ')}'`;
    });
    return [...(verbs.length === 0 ? [] : [`${when} -f -a '${verbs.join(' ')}'`]), ...flags];
  });
  return `# outrigger completion fish
function __outrigger_at
    set -l path
    for word in (commandline -opc)[2..-1]
        set -l next (string trim "$path $word")
        contains -- "$next" ${paths.map((path) => `"${path}"`).join(' ')}; and set path $next
    end
    test "$path" = "$argv[1]"
end
${lines.join('\n')}
`;
}
