import { isRecord } from '../../../functions/json/faults.ts';
import type { Json } from '../../../functions/json/json.ts';
import { redacted } from '../../../functions/kube-api/redacted.ts';
import { listOf, mapOf, nameOf } from '../../../functions/kubernetes/pod.ts';
import type { PodFragment } from '../../../functions/template/template.ts';
import { error, type Finding, warning } from './finding.ts';

const RULE = 'api-server';
/** A sentence of the API server, which names every value that it would take. */
const MESSAGE_CHARACTERS_MAX = 500;
/** A template with more faults is looked at again after these. */
const FINDINGS_MAX = 50;
/** What is shorter is no secret, and stands in words that it has nothing to do with. */
const SECRET_CHARACTERS_MIN = 6;
const HIDDEN = '[value]';

/** What was sent, and the template that it came of. */
export interface Tried {
  readonly pod: Json;
  readonly fragment: PodFragment;
}

/** What the Status object of a refusal says of a template, with its own paths where they can be told. */
export function refusalFindings(status: Json, tried: Tried): readonly Finding[] {
  const message = textOf(status['message']);
  const causes = listOf(mapOf(status, 'details'), 'causes').filter(isRecord);
  const fields = causes.filter((cause) => typeof cause['field'] === 'string' && cause['field'] !== '');
  if (fields.length > 0) {
    return fields
      .slice(0, FINDINGS_MAX)
      .map((cause) => error(RULE, pathOf(textOf(cause['field']), tried), shown(textOf(cause['message']), tried.pod)));
  }
  const unknown = [...message.matchAll(/(unknown|duplicate) field "((?:spec|metadata)[^"]*)"/g)];
  if (unknown.length > 0) {
    return unknown
      .slice(0, FINDINGS_MAX)
      .map(([, what = '', field = '']) =>
        error(RULE, pathOf(field, tried), `is a field that is ${what} to this API server`),
      );
  }
  return [error(RULE, '', `the API server refuses the Pod: ${shown(message, tried.pod)}`)];
}

/** What the API server warns of; texts of its `Warning` headers. */
export function warningFindings(texts: readonly string[], tried: Tried): readonly Finding[] {
  return texts.slice(0, FINDINGS_MAX).map((text) => {
    const [, field, rest] = /^((?:spec|metadata)\.[^\s:]+): (.*)$/s.exec(text) ?? [];
    return field === undefined || rest === undefined
      ? warning(RULE, '', `the API server warns: ${shown(text, tried.pod)}`)
      : warning(RULE, pathOf(field, tried), shown(rest, tried.pod));
  });
}

/** `spec.containers[1].ports[0].name` of the Pod as the template's `spec.pod.spec.containers[0].ports[0].name`. */
function pathOf(field: string, { pod, fragment }: Tried): string {
  const plain = redacted(field, MESSAGE_CHARACTERS_MAX);
  const [, list = '', index = '', rest = ''] =
    /^spec\.(initContainers|containers|volumes)\[(\d+)\](.*)$/s.exec(plain) ?? [];
  if (list === '') {
    const key = plain.split(/[.[]/)[1] ?? '';
    const isOurs = plain.startsWith('metadata.') ? key in fragment : Object.hasOwn(fragment.spec, key);
    return isOurs ? `spec.pod.${plain}` : `Pod ${plain}`;
  }
  const name = nameOf(listOf(pod['spec'], list)[Number(index)]);
  const lists = list === 'volumes' ? ['volumes'] : ['initContainers', 'containers'];
  const ours: Json = { ...fragment.spec, containers: fragment.containers, initContainers: fragment.initContainers };
  for (const one of lists) {
    const at = listOf(ours, one).findIndex((element) => nameOf(element) === name);
    // A legacy sidecar is an ordinary container of the Pod, and an init container of the template.
    if (name !== undefined && at !== -1) return `spec.pod.spec.${one}[${at}]${rest}`;
  }
  return `Pod ${plain}`;
}

/** A message on one line, without tokens, and without the values that the Pod carries where secrets may stand. */
function shown(message: string, pod: Json): string {
  const metadata = mapOf(pod, 'metadata');
  const spec = mapOf(pod, 'spec');
  const containers = [...listOf(spec, 'initContainers'), ...listOf(spec, 'containers')];
  const values = [
    ...Object.values(mapOf(metadata, 'annotations')),
    ...containers.flatMap((one) => [
      ...listOf(one, 'env').map((variable) => (isRecord(variable) ? variable['value'] : undefined)),
      ...listOf(one, 'args'),
      ...listOf(one, 'command'),
    ]),
  ].filter((value) => typeof value === 'string' && value.length >= SECRET_CHARACTERS_MIN);
  // The longest first: one may be a part of another.
  const secrets = values.map(String).toSorted((a, b) => b.length - a.length);
  const hidden = secrets.reduce(
    (text, secret) => text.replaceAll(secret, HIDDEN).replaceAll(JSON.stringify(secret).slice(1, -1), HIDDEN),
    message,
  );
  return redacted(hidden, MESSAGE_CHARACTERS_MAX);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
