import { mapOf } from '../../functions/injection/pod.ts';
import { type PodSecurityNeed, podSecurityOf } from '../../functions/injection/pod-security.ts';
import { own } from '../../functions/template/check.ts';
import { encodeDocument, PARAMETER_BYTES_MAX, PARTS_MAX } from '../../functions/template/codec.ts';
import { parseTemplate } from '../../functions/template/parse-template.ts';
import { POD_SECURITY_LEVELS } from '../../functions/template/pod-security-levels.ts';
import { lintContainers } from './containers.ts';
import { findSecrets } from './secrets.ts';

/** Annotation of a template: the Pod Security level that it promises to fit into. */
const POD_SECURITY = 'outrigger.dev/pod-security';

/** One thing that lint has to say. Errors keep a template from being published, warnings do not. */
export interface Finding {
  readonly level: 'error' | 'warning';
  /** A stable word for machines, e.g. `literal-secret`. */
  readonly rule: string;
  readonly path: string;
  readonly message: string;
}

/** What lint says of a template. */
export interface LintReport {
  readonly findings: readonly Finding[];
  /** Absent for a document that is no template. */
  readonly podSecurity?: PodSecurityNeed;
}

/** Looks at a SidecarTemplate document for what would fail later, or would be regretted. Pure. */
export function lintTemplate(document: unknown): LintReport {
  const parsed = parseTemplate(document, 'lint');
  if (!parsed.valid) {
    const findings = parsed.faults.map((f) => ({ level: 'error' as const, rule: 'invalid', ...f }));
    return { findings };
  }
  const root = { document };
  const spec = mapOf(mapOf(mapOf(mapOf(root, 'document'), 'spec'), 'pod'), 'spec');
  const podSecurity = podSecurityOf(spec);
  const annotations = mapOf(mapOf(mapOf(root, 'document'), 'metadata'), 'annotations');
  const findings = [
    ...lintSize(document),
    ...lintPodSecurity(podSecurity, own(annotations, POD_SECURITY)),
    ...lintContainers(spec),
    ...findSecrets(mapOf(mapOf(root, 'document'), 'spec'), 'spec'),
  ];
  return {
    podSecurity,
    findings: findings.toSorted((a, b) => (a.level === b.level ? 0 : a.level === 'error' ? -1 : 1)),
  };
}

function lintSize(document: unknown): readonly Finding[] {
  if (encodeDocument(document) !== undefined) return [];
  const message = `is too large: compressed and in base64 it may have ${(PARTS_MAX * PARAMETER_BYTES_MAX) / 1024} KB`;
  return [{ level: 'error', rule: 'size', path: '', message }];
}

function lintPodSecurity({ level, reasons }: PodSecurityNeed, declared: unknown): readonly Finding[] {
  const path = `metadata.annotations[${JSON.stringify(POD_SECURITY)}]`;
  const rule = 'pod-security';
  const why = reasons.join('; ');
  if (declared === undefined) {
    const message = `needs the Pod Security level privileged (${why}); say so by this annotation`;
    return level === 'privileged' ? [{ level: 'warning', rule, path, message }] : [];
  }
  const known = POD_SECURITY_LEVELS.map(String).indexOf(String(declared));
  if (known === -1) {
    return [{ level: 'error', rule, path, message: `must be one of ${POD_SECURITY_LEVELS.join(', ')}` }];
  }
  if (POD_SECURITY_LEVELS.indexOf(level) <= known) return [];
  return [{ level: 'error', rule, path, message: `declares ${String(declared)} but needs ${level}: ${why}` }];
}
