import { type Command, CommanderError } from 'commander';
import { ServerError } from './canary/server-error.ts';
import { describeError } from './errors.ts';

/**
 * Runs one command line to its end. An error is printed in one line, and `process.exitCode` says how it ended.
 *
 * @param argv the words after the command's name; by default those that this process was started with
 */
export async function runCommandLine(program: Command, argv?: readonly string[]): Promise<void> {
  try {
    await (argv === undefined ? program.parseAsync() : program.parseAsync(argv, { from: 'user' }));
  } catch (error) {
    // Only where exitOverride() is in force: commander has printed its text.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode;
      return;
    }
    // The words of the server are printed as kubectl prints them.
    process.stderr.write(error instanceof ServerError ? `${error.message}\n` : `error: ${describeError(error)}\n`);
    // A command may have an exit code of its own for errors.
    process.exitCode = process.exitCode || 1;
  }
}
