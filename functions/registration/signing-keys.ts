import type { KeyRing } from './keys/key-store.ts';
import { type RegistrarTools, RegistrationError } from './registrar.ts';

/** The keys that sign path tokens. Throws RegistrationError where there are none yet. */
export async function signingKeys(
  fleet: string,
  tools: Pick<RegistrarTools, 'keys'>,
  signal: AbortSignal,
): Promise<KeyRing> {
  const ring = await tools.keys.readKeys(signal);
  if (ring !== undefined) return ring;
  throw new RegistrationError(`fleet ${fleet} has no signing keys yet: deploy it, or start it with npm start, first`);
}
