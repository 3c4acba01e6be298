import { type Fault, isRecord } from '../../../functions/json/faults.ts';
import { hasDirectives, isDirective } from '../../../functions/kubernetes/merge/directives.ts';
import { fieldsOf } from '../../../functions/kubernetes/pod-types.ts';
import type { Template } from '../../../functions/template/template.ts';
import { findContextUses } from './context-uses.ts';

/** Half of a character beyond the first 65,536: JSON can hold it, CEL cannot. */
const LONE_SURROGATE = /\p{Cs}/u;
/** Native sidecars are in every Kubernetes that has MutatingAdmissionPolicies (1.36). */
const KNOWN_NAMES = ['nativeSidecars'];

/** What keeps a template from becoming a MutatingAdmissionPolicy, with the path of each; nothing where it can. */
export function findUnexportable(template: Template): readonly Fault[] {
  const { pod, parameters = [], rendering, customization } = template;
  const uses = rendering === undefined ? [] : findContextUses(rendering, parameters);
  const needed = uses.flatMap(({ path, uses: names }) => {
    const unknown = names.filter((name) => !KNOWN_NAMES.includes(name));
    return unknown.length === 0
      ? []
      : [{ path, message: `depends on ${unknown.join(', ')}, which a policy does not know` }];
  });
  const required = parameters.flatMap(({ default: value }, i) =>
    value === undefined
      ? [{ path: `spec.parameters[${i}]`, message: 'is required, and a policy has no parameters' }]
      : [],
  );
  const fields = customization.length === 0 ? [] : ['spec.customization.fields'];
  const each = pod.eachContainer === undefined ? [] : ['spec.eachContainer'];
  const amend = (pod.amend ?? []).map((_, i) => `spec.amend[${i}]`);
  return [
    ...needed,
    ...required,
    ...[...fields, ...each, ...amend].map((path) => ({
      path,
      message: 'cannot be said in a policy; the webhook does it',
    })),
    ...findUnsayable({ labels: pod.labels, annotations: pod.annotations }, 'spec.pod.metadata', undefined),
    ...findUnsayable(specOf(template), 'spec.pod.spec', 'PodSpec'),
  ];
}

function specOf({ pod: { spec, containers, initContainers } }: Template): Readonly<Record<string, unknown>> {
  return { ...spec, initContainers, containers };
}

/**
 * Directives; texts that CEL has no words for; and fields that the API server does not know. Of a webhook's patch it
 * drops those, but of a policy's it refuses the whole Pod, whatever the failurePolicy (seen on 1.36.3: the result is
 * decoded strictly).
 */
function findUnsayable(value: unknown, path: string, type: string | undefined): Fault[] {
  if (value === null) return [{ path, message: 'null deletes, and a policy only adds' }];
  if (typeof value === 'string') return LONE_SURROGATE.test(value) ? [{ path, message: 'is no valid Unicode' }] : [];
  if (Array.isArray(value)) {
    const element = type?.startsWith('[]') ? type.slice(2) : undefined;
    return value.flatMap((item: unknown, i) => findUnsayable(item, `${path}[${i}]`, element));
  }
  if (!isRecord(value)) return [];
  const isMap = type === undefined || type.startsWith('{}');
  const fields = isMap ? undefined : fieldsOf(type);
  return Object.entries(value).flatMap(([key, inner]): Fault[] => {
    const at = `${path}.${key}`;
    if (isDirective(key)) return [{ path: at, message: 'is a merge directive, and a policy only adds' }];
    const innerType = type?.startsWith('{}') ? type.slice(2) : fields?.get(key);
    const isUnknown = fields !== undefined && innerType === undefined;
    if (isUnknown)
      return [{ path: at, message: 'is no field that Kubernetes 1.36 knows; as a policy it would refuse every Pod' }];
    if (LONE_SURROGATE.test(key)) return [{ path: at, message: 'is no valid Unicode' }];
    return hasDirectives(inner) || innerType !== 'any' ? findUnsayable(inner, at, innerType) : [];
  });
}
