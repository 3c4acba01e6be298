import { printable } from '../json/faults.ts';

/** What is read of a message at all; API servers cut theirs at some KB. */
const READ_CHARACTERS_MAX = 8_192;
/** A JSON Web Token or signature (ours in webhook URLs, ServiceAccounts') and EKS's tokens, as far as they go. */
const TOKENS = /(?:eyJ|k8s-aws-v1\.)[\w.~+/=-]*/g;

/**
 * Another program's message as one line that may be shown: without the tokens that API servers repeat (a webhook URL that
 * they refuse is in their answer), bounded.
 */
export function redacted(message: string, charactersMax: number): string {
  const line = printable(message.slice(0, READ_CHARACTERS_MAX)).replaceAll(TOKENS, '[token]').trim();
  return line.length > charactersMax ? `${line.slice(0, charactersMax - 1)}…` : line;
}
