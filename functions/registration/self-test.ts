import type { DesiredObjects } from './objects/registered-objects.ts';
import { registeredUrl } from './objects/registered-url.ts';
import { type RegistrarTools, RegistrationError, type RegistrationSpec } from './registrar.ts';
import { NEW_RECORD_FOLLOW_MS } from './waits.ts';

/**
 * Sends a made-up review to the URL that is about to be registered, where the endpoint can be reached from here. Throws
 * RegistrationError when the response is not a good one.
 */
export async function tryUrl(
  { endpoint, selfTest }: RegistrationSpec,
  { webhook }: DesiredObjects,
  tools: RegistrarTools,
  signal: AbortSignal,
): Promise<void> {
  if (selfTest === 'None') return;
  const why = await tools.probe(String(registeredUrl(webhook)), endpoint.ca, signal);
  if (why === undefined) return;
  throw new RegistrationError(`nothing was applied: the endpoint did not answer a made-up review as it should: ${why}`);
}

/** The same where the record was written a moment ago: the endpoint may have cached that the cluster has none. */
export async function tryNewUrl(...[spec, planned, tools, signal]: Parameters<typeof tryUrl>): Promise<void> {
  await tryUrl(spec, planned, tools, signal).catch(async (error: unknown) => {
    if (!(error instanceof RegistrationError)) throw error;
    await tools.wait(NEW_RECORD_FOLLOW_MS, signal);
    await tryUrl(spec, planned, tools, signal);
  });
}
