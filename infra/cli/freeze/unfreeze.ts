import { Command } from 'commander';
import { ServerError } from '../canary/server-error.ts';
import { DEFAULT_NAME, openPlace, type PlaceOptions, placeOf, withPlaceOptions } from './place.ts';

/** `outrigger unfreeze [NAME]`: releases go on. */
export function unfreezeCommand(): Command {
  return withPlaceOptions(new Command('unfreeze'))
    .description('Delete a freeze: releases go on where they are.')
    .argument('[name]', `name of the freeze (default: ${DEFAULT_NAME})`)
    .action(async (given: string | undefined, options: PlaceOptions) => {
      const name = given ?? DEFAULT_NAME;
      const { namespace, path, words } = placeOf(options);
      const api = await openPlace(options);
      await api
        .ask({ method: 'DELETE', namespace, path: `${path}/${encodeURIComponent(name)}` })
        .catch((error: unknown) => {
          if (!isDone(error, name)) throw error;
        });
      process.stdout.write(`freeze.outrigger.dev "${name}" deleted from ${words}\n`);
    });
}

/** A response got lost, and the freeze is gone at the next attempt: the first one has deleted it. */
function isDone(error: unknown, name: string): boolean {
  return error instanceof ServerError && error.isRepeated && error.reason === 'NotFound' && error.object === name;
}
