import { own } from '../../../functions/json/check.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import { listOf, mapOf, nameOf } from '../../../functions/kubernetes/pod.ts';
import { expressionsIn, identifierOf } from '../../../functions/template/expression.ts';
import type { Parameter } from '../../../functions/template/parameter/parameter.ts';
import { type Finding, warning } from './finding.ts';

const SHELL = /(^|\/)(ba|da|a|k|z|c|tc)?sh$/;
/** `-c`, and `-ec`: what follows is a script. */
const SCRIPT_FLAG = /^-[a-z]*c$/;

/**
 * Where a Pod's annotation becomes a part of a shell's script: a parameter of type string may hold `; rm -rf /`. Looked for
 * in the template as written, since a rendered one no longer says what came from where.
 *
 * @param value the template's spec
 */
export function lintShells(value: unknown, parameters: readonly Parameter[]): readonly Finding[] {
  const texts = parameters.filter(({ type }) => type === 'string').map(({ name }) => name);
  return texts.length === 0 ? [] : [...findingsIn(value, 'spec', texts)];
}

/** Every map with a command: containers and what `exec` runs, wherever operators of JSON-e have put them. */
function* findingsIn(value: unknown, path: string, texts: readonly string[]): Generator<Finding> {
  if (Array.isArray(value)) {
    for (const [i, element] of value.entries()) yield* findingsIn(element, `${path}[${i}]`, texts);
  } else if (isRecord(value)) {
    yield* inCommand(value, path, texts);
    for (const [key, inner] of Object.entries(value)) yield* findingsIn(inner, `${path}.${key}`, texts);
  }
}

function* inCommand(
  owner: Readonly<Record<string, unknown>>,
  path: string,
  texts: readonly string[],
): Generator<Finding> {
  const words = (['command', 'args'] as const).flatMap((list) =>
    listOf(owner, list).map((word, i) => ({ word, at: `${path}.${list}[${i}]` })),
  );
  const shell = words.findIndex(({ word }) => typeof word === 'string' && SHELL.test(word));
  const flag = words.findIndex(({ word }, i) => i > shell && typeof word === 'string' && SCRIPT_FLAG.test(word));
  // An image may have a shell as its entry point.
  const isShell = shell !== -1 || own(owner, 'command') === undefined;
  const script = isShell && flag !== -1 ? words[flag + 1] : undefined;
  if (script === undefined) return;
  const told = textsIn(script.word, texts);
  // The kubelet puts $(NAME) into the script before any shell sees it; "$NAME" the shell itself keeps apart.
  const variables = listOf(owner, 'env').flatMap((variable) => {
    const name = nameOf(variable) ?? '';
    const isUsed = JSON.stringify(script.word).includes(`$(${name})`);
    return isUsed ? textsIn(own(mapOf({ variable }, 'variable'), 'value'), texts) : [];
  });
  for (const name of new Set([...told, ...variables])) {
    const message = `the string ${name}, which a Pod sets, becomes a part of a shell's script; pass it as a variable of env and write "$NAME"`;
    yield warning('shell-parameter', script.at, message);
  }
}

/** The parameters that stand in the expressions of a value. */
function textsIn(value: unknown, texts: readonly string[]): readonly string[] {
  const expressions = typeof value === 'string' ? expressionsIn(value) : [JSON.stringify(value ?? '')];
  const words = new Set(expressions.flatMap((expression) => expression.match(/[A-Za-z_]\w*/g) ?? []));
  return texts.filter((name) => words.has(identifierOf(name)));
}
