import { POD_SECURITY_LEVELS } from '../../../functions/cluster-record/pod-security-levels.ts';
import { type PodSecurityNeed, podSecurityOf } from '../../../functions/injection/prove/pod-security.ts';
import { own } from '../../../functions/json/check.ts';
import { mapOf } from '../../../functions/kubernetes/pod.ts';
import { parseTemplate } from '../../../functions/template/parse/parse-template.ts';
import type { PodFragment } from '../../../functions/template/template.ts';
import { encodeDocument, PARAMETER_BYTES_MAX, PARTS_MAX } from '../../../functions/template-store/codec.ts';
import { lintContainers } from './containers.ts';
import { error, type Finding, warning } from './finding.ts';
import { findSecrets } from './secrets.ts';
import { lintShells } from './shells.ts';
import { lintTypes } from './types.ts';
import { variantsOf } from './variants.ts';

/** Annotation of a template: the Pod Security level that it promises to fit into. */
const POD_SECURITY = 'outrigger.dev/pod-security';

/** What lint says of a template. */
export interface LintReport {
  readonly findings: readonly Finding[];
  /** Absent for a document that is no template. */
  readonly podSecurity?: PodSecurityNeed;
}

/**
 * Looks at a SidecarTemplate document for what would fail later, or would be regretted; at every branch that one of its
 * parameters of few values can take. Pure.
 */
export function lintTemplate(document: unknown): LintReport {
  const parsed = parseTemplate(document, 'lint');
  if (!parsed.valid) {
    const findings = parsed.faults.map(({ path, message }) => error('invalid', path, message));
    return { findings };
  }
  const { metadata, spec } = mapOf({ document }, 'document');
  const { pods, failures } = variantsOf(parsed.value);
  const podSecurity = strictest(pods.map((pod) => podSecurityOf(wholeSpec(pod))));
  const findings = [
    ...lintSize(document),
    ...lintPodSecurity(podSecurity, own(mapOf(metadata, 'annotations'), POD_SECURITY)),
    ...failures.map(({ when, why }) => error('render', 'spec.pod', `cannot be rendered with ${when}: ${why}`)),
    ...once(pods.flatMap((pod) => [...lintTypes(pod), ...lintContainers(pod)])),
    ...lintShells(spec, parsed.value.parameters ?? []),
    ...findSecrets(metadata, 'metadata'),
    ...findSecrets(spec, 'spec'),
  ];
  return {
    podSecurity,
    findings: findings.toSorted((a, b) => (a.level === b.level ? 0 : a.level === 'error' ? -1 : 1)),
  };
}

/** The PodSpec that a fragment is, its containers among it. */
function wholeSpec({ spec, initContainers, containers }: PodFragment): Readonly<Record<string, unknown>> {
  return { ...spec, initContainers, containers };
}

/** The level that all of them fit into, with the reasons of those that need it. */
function strictest(needs: readonly PodSecurityNeed[]): PodSecurityNeed {
  const level = POD_SECURITY_LEVELS.findLast((l) => needs.some((need) => need.level === l)) ?? 'restricted';
  const reasons = needs.flatMap((need) => (need.level === level ? need.reasons : []));
  return { level, reasons: [...new Set(reasons)] };
}

/** Each finding once, however many variants have it. */
function once(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

function lintSize(document: unknown): readonly Finding[] {
  if (encodeDocument(document) !== undefined) return [];
  const message = `is too large: compressed and in base64 it may have ${(PARTS_MAX * PARAMETER_BYTES_MAX) / 1024} KB`;
  return [error('size', '', message)];
}

function lintPodSecurity({ level, reasons }: PodSecurityNeed, declared: unknown): readonly Finding[] {
  const path = `metadata.annotations[${JSON.stringify(POD_SECURITY)}]`;
  const rule = 'pod-security';
  const why = reasons.join('; ');
  if (declared === undefined) {
    const message = `needs the Pod Security level privileged (${why}); say so by this annotation`;
    return level === 'privileged' ? [warning(rule, path, message)] : [];
  }
  const known = POD_SECURITY_LEVELS.map(String).indexOf(String(declared));
  if (known === -1) {
    return [error(rule, path, `must be one of ${POD_SECURITY_LEVELS.join(', ')}`)];
  }
  if (POD_SECURITY_LEVELS.indexOf(level) <= known) return [];
  return [error(rule, path, `declares ${String(declared)} but needs ${level}: ${why}`)];
}
