import { mapOf, nameOf } from '../../../functions/kubernetes/pod.ts';
import { error, type Finding, warning } from './finding.ts';

/**
 * What is wrong with variables, of a container or for every container: kubectl merges them by name and never reorders
 * them, and the kubelet expands $(NAME) only for names further up.
 */
export function lintEnv(env: readonly unknown[], at: string): readonly Finding[] {
  const names = env.map((variable) => nameOf(variable) ?? '');
  return env.flatMap((variable, i) => {
    const path = `${at}[${i}]`;
    const { value, valueFrom } = mapOf({ variable }, 'variable');
    const isTwice = names.indexOf(names[i] ?? '') < i;
    const later = [...String(value ?? '').matchAll(/\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g)].filter(
      ([, name = '']) => names.indexOf(name) >= i,
    );
    const isBoth = value !== undefined && value !== '' && valueFrom !== undefined;
    return [
      ...(isTwice ? [error('env-name', path, `${names[i]} is set twice; a merge would keep only one`)] : []),
      ...(isBoth ? [error('env-value', path, 'has both value and valueFrom; the API server refuses that')] : []),
      ...later.map(([reference]) =>
        warning('env-order', path, `${reference} is set further down and stays as it is written`),
      ),
    ];
  });
}
