import { handler } from '../../functions/discovery.ts';
import { serveUntilSignal } from './serve.ts';
import { readContainerSettings } from './settings.ts';

/*
 * The function `discovery` as a server of its own: the same handler, credentials from where the SDK finds them (a task
 * role, a Pod identity, the environment). What runs is a bundle of it (infra/deploy/container-bundle.ts).
 */
try {
  await serveUntilSignal(handler, readContainerSettings(process.env));
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
