import { Command } from 'commander';
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
      await api.ask({ method: 'DELETE', namespace, path: `${path}/${encodeURIComponent(name)}` });
      process.stdout.write(`freeze.outrigger.dev "${name}" deleted from ${words}\n`);
    });
}
