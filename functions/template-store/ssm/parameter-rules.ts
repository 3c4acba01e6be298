import { PublishError } from '../../errors.ts';
import { PARAMETER_BYTES_MAX } from '../codec.ts';

/** Versions that Parameter Store keeps; the next one drops the oldest, unless that carries a label (PutParameter). */
export const VERSIONS_MAX = 100;
/** Labels on one version (LabelParameterVersion). */
export const LABELS_MAX = 10;
/** Levels of a hierarchy and characters of a full name, ARN included (PutParameter). */
const LEVELS_MAX = 15;
const NAME_CHARACTERS_MAX = 1_011;
const LABEL = /^[A-Za-z_-][A-Za-z0-9._-]{0,99}$/;
/** The longest ARN prefix: partition aws-us-gov, region ap-southeast-1 and a 12-digit account. */
const ARN_CHARACTERS = 60;

/**
 * Throws PublishError for a parameter that Parameter Store would refuse, so that the refusal is a sentence about the
 * template and comes before anything is written.
 */
export function refuseParameter(name: string, value: string): void {
  refuseName(name);
  if (value === '') throw new PublishError(`${name}: the value is empty`);
  if (value.includes('{{')) {
    throw new PublishError(`${name}: the value contains {{, which Parameter Store takes for a reference`);
  }
  const bytes = Buffer.byteLength(value);
  if (bytes > PARAMETER_BYTES_MAX) {
    throw new PublishError(`${name}: the value has ${bytes} bytes; a parameter holds ${PARAMETER_BYTES_MAX}`);
  }
}

/** Throws PublishError for a full parameter name that is not in Parameter Store's grammar. */
export function refuseName(name: string): void {
  if (!/^(\/[A-Za-z0-9._-]+)+$/.test(name)) {
    throw new PublishError(`${name}: a parameter name is made of letters, digits, ., - and _ between slashes`);
  }
  if (/^\/(aws|ssm)/i.test(name)) throw new PublishError(`${name}: a parameter name must not begin with aws or ssm`);
  const levels = name.split('/').length - 1;
  if (levels > LEVELS_MAX) throw new PublishError(`${name}: has ${levels} levels; at most ${LEVELS_MAX} are allowed`);
  if (name.length + ARN_CHARACTERS > NAME_CHARACTERS_MAX) {
    throw new PublishError(`the parameter name has ${name.length} characters; ARN included it may have 1011`);
  }
}

/** Throws PublishError for a label that Parameter Store refuses. Labels are channels. */
export function refuseLabel(label: string): void {
  if (!LABEL.test(label)) {
    throw new PublishError(
      `${JSON.stringify(label)} is no channel: 1 to 100 letters, digits, ., - and _, not beginning with a digit`,
    );
  }
  if (/^(aws|ssm)/i.test(label)) throw new PublishError(`${label} is no channel: it must not begin with aws or ssm`);
}
