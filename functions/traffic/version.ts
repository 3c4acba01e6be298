import { hash } from 'node:crypto';

/** 64 bits: versions need only differ from one another within a proxy's life. */
const VERSION_CHARACTERS = 16;

/** The version of resources: a hash of exactly the text that is answered, so that equal content is one version. */
export function versionOf(resources: string): string {
  return hash('sha256', resources, 'hex').slice(0, VERSION_CHARACTERS);
}
