import { Command } from 'commander';
import { mapCommand } from './map.ts';

/** `outrigger export`: a template in another form, for a cluster without our webhook. */
export function exportCommand(): Command {
  return new Command('export')
    .description('Print a sidecar template in the form of something else that Kubernetes knows.')
    .addCommand(mapCommand());
}
