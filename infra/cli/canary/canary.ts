import { Command } from 'commander';
import { STEER_COMMANDS, steerCommand } from './steer.ts';

/** Each verb, with what loads it: a call pays for its own alone. */
const VERBS: readonly (readonly [name: string, load: () => Promise<Command>])[] = [
  ['apply', async () => (await import('./apply.ts')).applyCommand()],
  ['get', async () => (await import('./get.ts')).getCommand()],
  ['status', async () => (await import('./status.ts')).statusCommand()],
  ['set-weight', async () => (await import('./change.ts')).setWeightCommand()],
  ...STEER_COMMANDS.map((verb) => [verb, async () => steerCommand(verb)] as const),
  ['wait', async () => (await import('./wait/wait.ts')).waitCommand()],
  ['preview', async () => (await import('./inspect.ts')).inspectCommand('preview')],
  ['proxies', async () => (await import('./inspect.ts')).inspectCommand('proxies')],
  ['history', async () => (await import('./inspect.ts')).inspectCommand('history')],
  ['judge', async () => (await import('./judge/judge.ts')).judgeCommand()],
  ['delete', async () => (await import('./change.ts')).deleteCommand()],
];

/**
 * `outrigger canary`: releases by hand and by a strategy, through the release API.
 *
 * @param called the one verb that is needed; every verb is loaded where it is another word, or undefined
 */
export async function canaryCommand(called?: string): Promise<Command> {
  const command = new Command('canary').description(
    'Release: move weights between stable and canary on running proxies, by hand or by spec.strategy.',
  );
  const one = VERBS.filter(([name]) => name === called);
  for (const [, load] of one.length > 0 ? one : VERBS) command.addCommand(await load());
  return command;
}
