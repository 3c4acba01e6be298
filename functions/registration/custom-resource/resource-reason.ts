import { ClusterApiError, ClusterUnreachableError } from '../../kube-api/cluster-api.ts';
import { EksError } from '../../kube-api/eks-error.ts';
import { KeyStoreError } from '../keys/key-store.ts';
import { RecordStoreError } from '../record/record-store.ts';
import { RegistrationError } from '../registrar.ts';

/** Errors whose messages are written for people, and hold no secret. */
const SPEAKING = [
  ClusterApiError,
  ClusterUnreachableError,
  EksError,
  KeyStoreError,
  RecordStoreError,
  RegistrationError,
] as const;
/** AWS's messages about rights and rates name actions and resources; its other messages repeat values. */
const AWS_SPEAKING = new Set(['AccessDeniedException', 'ThrottlingException', 'CredentialsProviderError']);

/** The sentence that CloudFormation shows for an error. Of an error that is not ours only the name: its message may hold anything. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown; see the log of the function register';
  if (SPEAKING.some((kind) => error instanceof kind) || AWS_SPEAKING.has(error.name)) return error.message;
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'it is safe to try again';
  return `${error.name}; see the log of the function register`;
}
