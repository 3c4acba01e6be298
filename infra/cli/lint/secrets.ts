import { isRecord } from '../../../functions/json/faults.ts';
import { error, type Finding, warning } from './finding.ts';

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

const INSTEAD = 'use valueFrom.secretKeyRef or a Secret volume: templates are not secret';
/** A flag of a command line, with its value where that stands in the same argument. */
const FLAG = /^--?([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/;

/**
 * Literal secrets anywhere in a value, `spec.eachContainer` and a parameter's default among it. A parameter of the store is
 * readable by everybody who may describe Pods; name a Secret. What only its name makes suspicious is an error as a variable
 * and a warning as an annotation or a flag: there it is often the name of a Secret.
 */
export function findSecrets(value: unknown, path: string): readonly Finding[] {
  if (typeof value === 'string') {
    return SHAPES.filter(([, pattern]) => pattern.test(value)).map(([what]) => secret(path, `holds ${what}`));
  }
  if (Array.isArray(value)) {
    const flags = /\.(args|command)$/.test(path) ? findFlags(value, path) : [];
    return [...flags, ...value.flatMap((item: unknown, i) => findSecrets(item, `${path}[${i}]`))];
  }
  if (!isRecord(value)) return [];
  const { name } = value;
  const named = (['value', 'default'] as const).filter((key) => looksSecret(name, value[key]));
  const entries = Object.entries(value);
  const annotations = path.endsWith('.annotations') ? entries.filter(([key, text]) => looksSecret(key, text)) : [];
  return [
    ...named.map((key) => secret(`${path}.${key}`, `${String(name)} looks like a literal secret`)),
    ...annotations.map(([key]) => suspicion(`${path}[${JSON.stringify(key)}]`, key)),
    ...entries.flatMap(([key, inner]) => findSecrets(inner, `${path}.${key}`)),
  ];
}

/** `--password=hunter2`, and `--password hunter2` in two arguments. */
function findFlags(args: readonly unknown[], path: string): readonly Finding[] {
  return args.flatMap((argument, i) => {
    const [, name, value] = FLAG.exec(typeof argument === 'string' ? argument : '') ?? [];
    const next = args[i + 1];
    const literal = value ?? (typeof next === 'string' && !next.startsWith('-') ? next : '');
    return name !== undefined && looksSecret(name, literal) ? [suspicion(`${path}[${i}]`, name)] : [];
  });
}

function looksSecret(name: unknown, literal: unknown): boolean {
  if (typeof name !== 'string' || typeof literal !== 'string') return false;
  return SECRET_NAME.test(name.replaceAll(/[-.]/g, '_')) && !HARMLESS.test(literal);
}

function secret(path: string, what: string): Finding {
  return error('literal-secret', path, `${what}; ${INSTEAD}`);
}

function suspicion(path: string, name: string): Finding {
  return warning('literal-secret', path, `${name} looks like a literal secret; if it is one: ${INSTEAD}`);
}
