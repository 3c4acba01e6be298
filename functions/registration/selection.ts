import { INJECT, INJECTION_LABEL, MIRROR } from '../injection/annotations.ts';
import { SYSTEM_NAMESPACES } from '../injection/guards.ts';

/** The label that Kubernetes itself puts on every namespace. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** A condition of an admission registration, in CEL. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

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

/** What keeps mirror Pods and Pods that opted out from being looked at. */
export const POD_CONDITIONS: readonly MatchCondition[] = [
  { name: 'not-a-mirror-pod', expression: `!('${MIRROR}' in object.metadata.?annotations.orValue({}))` },
  { name: 'not-opted-out', expression: `${wish('labels')} != 'false' && ${wish('annotations')} != 'false'` },
];

/** CEL: the value of the opt-in/opt-out key among a Pod's labels or annotations, '' when absent. */
export function wish(where: 'labels' | 'annotations'): string {
  return `object.metadata.?${where}[?'${INJECT}'].orValue('')`;
}
