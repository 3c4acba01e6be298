import { hash } from 'node:crypto';

/** 64 bits: versions need only differ from one another within a proxy's life. */
const VERSION_CHARACTERS = 16;
const OWN_FORM = /^[0-9a-f]{16}$/;

/** Stands for every version that no answer of ours can have had: what a caller writes is neither kept nor logged. */
const FOREIGN_VERSION = 'foreign';

/** The version of resources: a hash of exactly the text that is answered, so that equal content is one version. */
export function versionOf(resources: string): string {
  return hash('sha256', resources, 'hex').slice(0, VERSION_CHARACTERS);
}

/** The version that a proxy names, where it has the form of ours; `FOREIGN_VERSION` for any other text. */
export function ownVersion(named: string): string {
  return isOwnVersion(named) ? named : FOREIGN_VERSION;
}

/** Whether a value has the form of our versions: 16 hex digits. */
export function isOwnVersion(value: unknown): value is string {
  return typeof value === 'string' && OWN_FORM.test(value);
}
