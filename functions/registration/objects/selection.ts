import { INJECTION_LABEL } from '../../injection/annotations.ts';
import { type CelCondition, celSkips } from '../../injection/decide/cel-rules.ts';
import { SYSTEM_NAMESPACES } from '../../injection/decide/guard-rules.ts';

/** The label that Kubernetes itself puts on every namespace. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/**
 * The namespaces whose Pods are sent to us: those with the opt-in label, never those of Kubernetes itself.
 *
 * @param namespaces the stage of a roll-out: only these among them
 */
export function namespaceSelector(namespaces: readonly string[] | undefined): Record<string, unknown> {
  const stage = namespaces === undefined || namespaces.length === 0 ? undefined : [...new Set(namespaces)].sort();
  return {
    matchLabels: { [INJECTION_LABEL]: 'enabled' },
    matchExpressions: [
      { key: NAMESPACE_NAME, operator: 'NotIn', values: [...SYSTEM_NAMESPACES] },
      ...(stage === undefined ? [] : [{ key: NAMESPACE_NAME, operator: 'In', values: stage }]),
    ],
  };
}

/** Keeps Pods from the webhook that are skipped whatever the cluster record holds, e.g. those that opted out. */
export const POD_CONDITIONS: readonly CelCondition[] = celSkips(quote);

/** A literal of CEL, which has JSON's escapes; in single quotes, so that YAML shows it as it is, where it has none. */
export function quote(text: string): string {
  return /^[\w ,./-]*$/.test(text) ? `'${text}'` : JSON.stringify(text);
}
