import { isRecord } from '../../functions/faults.ts';
import type { Finding } from './lint.ts';

/** Names of variables whose literal value is a secret; `…_FILE`, `…_PATH` and `…_TTL` only speak of one. */
const SECRET_NAME = /(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$/i;
/** Values that are no secret whatever they are called: expressions, references, paths, URLs, numbers, booleans. */
const HARMLESS = /^($|.*\$[({]|\/|[a-z]+:\/\/[^@]*$|\d{1,6}[a-z]*$|true$|false$)/i;
/** What is a secret wherever it stands. */
const SHAPES: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an AWS access key', /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a GitHub token', /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})/],
  ['a Slack token', /\bxox[abprs]-[A-Za-z0-9-]{10,}/],
  ['a signed token', /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/],
  ['a password in a URL', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@$]+:[^\s/@$]{3,}@/i],
];

/** Literal secrets anywhere in a value. A parameter is readable by everybody who may describe Pods; name a Secret. */
export function findSecrets(value: unknown, path: string): readonly Finding[] {
  if (typeof value === 'string') {
    return SHAPES.filter(([, pattern]) => pattern.test(value)).map(([what]) => finding(path, `holds ${what}`));
  }
  if (Array.isArray(value)) return value.flatMap((item: unknown, i) => findSecrets(item, `${path}[${i}]`));
  if (!isRecord(value)) return [];
  const { name, value: literal } = value;
  const isNamed = typeof name === 'string' && typeof literal === 'string' && SECRET_NAME.test(name);
  return [
    ...(isNamed && !HARMLESS.test(literal) ? [finding(`${path}.value`, `${name} looks like a literal secret`)] : []),
    ...Object.entries(value).flatMap(([key, inner]) => findSecrets(inner, `${path}.${key}`)),
  ];
}

function finding(path: string, what: string): Finding {
  const message = `${what}; use valueFrom.secretKeyRef or a Secret volume: templates are not secret`;
  return { level: 'error', rule: 'literal-secret', path, message };
}
