import type { Command } from 'commander';
import { CANARY_EXAMPLES } from './canaries.ts';
import { CLUSTER_EXAMPLES } from './clusters.ts';
import type { Examples } from './example.ts';
import { POD_EXAMPLES } from './pods.ts';
import { TEMPLATE_EXAMPLES } from './templates.ts';

/** Those of every command that does something; a test asks for them. */
export const EXAMPLES: Examples = {
  ...POD_EXAMPLES,
  ...TEMPLATE_EXAMPLES,
  ...CANARY_EXAMPLES,
  ...CLUSTER_EXAMPLES,
  version: [['Show which version this is', 'version']],
  completion: [
    ['Complete words in this shell, now', 'completion bash > ~/.outrigger-completion && . ~/.outrigger-completion'],
    [
      'Load them in every zsh',
      "completion zsh > ~/.outrigger-completion && echo '. ~/.outrigger-completion' >> ~/.zshrc",
    ],
    ['Load them in every fish', 'completion fish > ~/.config/fish/completions/outrigger.fish'],
  ],
};

/** Adds its examples to the help page of a command and of every verb below it. */
export function withExamples(command: Command, path: readonly string[] = []): Command {
  const examples = Object.hasOwn(EXAMPLES, path.join(' ')) ? EXAMPLES[path.join(' ')] : undefined;
  if (examples !== undefined) {
    const lines = examples.flatMap(([what, words]) => [`  # ${what}`, `  outrigger ${words}`, '']);
    command.addHelpText('after', `\nExamples:\n${lines.slice(0, -1).join('\n')}`);
  }
  for (const verb of command.commands) withExamples(verb, [...path, verb.name()]);
  return command;
}
