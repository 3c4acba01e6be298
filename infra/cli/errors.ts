import { PublishError, TemplateStoreError } from '../../functions/errors.ts';

/** Something that the user of a command can fix; its message says how. Printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError' as const;
}

/** The `code` of a file system error, e.g. `ENOENT`. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Failures to reach AWS at all, by the code of the socket's error. */
const UNREACHABLE = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT'];

/** Errors whose message says what to do, by their name. */
const SENTENCES = [
  'LostError',
  'RegistrationError',
  'RecordStoreError',
  'KeyStoreError',
  'ClusterApiError',
  'ClusterUnreachableError',
  'EksError',
  'NoNamespaceError',
  'UnreachableError',
];

/**
 * What the user of a command reads for an error: a sentence for what they can fix (their input, AWS access); the stack
 * for anything else, because it is a fault of ours.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError || error instanceof PublishError || error instanceof TemplateStoreError) {
    return error.message;
  }
  if (SENTENCES.includes(error.name)) return error.message;
  if (error.name === 'CredentialsProviderError') {
    return 'no AWS credentials were found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  }
  if (error.message === 'Region is missing') return 'no AWS region was found; use --region, or set AWS_REGION';
  const code = String(codeOf(error));
  if (UNREACHABLE.includes(code)) return `AWS Systems Manager cannot be reached (${code})`;
  // The SDK's mark on what the service itself answered.
  if ('$metadata' in error) return `AWS Systems Manager answered ${error.name}: ${error.message}`;
  return error.stack ?? error.message;
}
