import { breachesOf } from '../../../functions/template/parse/check-rules.ts';
import type { PodFragment } from '../../../functions/template/template.ts';
import { error, type Finding } from './finding.ts';

/** What the API server will refuse or drop, by the types that the pinned Kubernetes has. */
export function lintTypes({
  spec,
  containers,
  initContainers,
  eachContainer,
  amend = [],
}: PodFragment): readonly Finding[] {
  const path = 'spec.pod.spec';
  const each = 'spec.eachContainer.fragment';
  return [
    ...breachesOf(spec, 'PodSpec', path),
    ...breachesOf(initContainers, '[]Container', `${path}.initContainers`),
    ...breachesOf(containers, '[]Container', `${path}.containers`),
    ...breachesOf(eachContainer?.env, '[]EnvVar', `${each}.env`),
    ...breachesOf(eachContainer?.volumeMounts, '[]VolumeMount', `${each}.volumeMounts`),
    ...amend.flatMap(({ env, volumeMounts, fields }, i) => [
      // The name is not the fragment's to say.
      ...breachesOf({ name: '', ...fields, env, volumeMounts }, 'Container', `spec.amend[${i}].fragment`),
    ]),
  ].map(({ rule, path: at, message }) => error(RULES[rule], at, message));
}

const RULES = { case: 'value', value: 'value', missing: 'missing', handler: 'handler', name: 'field-name' } as const;
