import { type Alias, type Document, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import { own } from '../json/check.ts';
import { isRecord, type Parsed } from '../json/faults.ts';
import { NESTING_MAX, nestsDeeperThan } from '../kubernetes/json-values.ts';
import { type DuplicateKey, KUBECTL_YAML, settleDuplicateKeys } from '../kubernetes/kubectl-yaml.ts';
import { API_VERSION } from './parse/parse-template.ts';

/** Aliases may expand to this many nodes: enough for anchors in a template, far from an alias bomb. */
const ALIASES_MAX = 200;
/** A template of Istio's size has 25 KB; Parameter Store takes a fraction of this bound even compressed. */
export const SOURCE_BYTES_MAX = 1024 * 1024;

/**
 * Turns a template source, as people write them, into a SidecarTemplate document:
 *  - a SidecarTemplate, which keeps its own name;
 *  - the ConfigMap of the seed, `data.config` as a mapping or (as the Kubernetes API wants) a string;
 *  - a bare Pod fragment `{containers, initContainers, volumes, …}`;
 *  - labels and annotations alone: `{metadata: {labels}}`, "add these labels to every Pod".
 *
 * @param name the template's name for sources without one of their own, by convention the file's name
 * @param onDuplicate called with each key that is there twice: the last counts, as for kubectl
 */
export function readTemplateSource(
  text: string,
  name: string,
  onDuplicate: (key: DuplicateKey) => void = () => {},
): Parsed<unknown> {
  if (Buffer.byteLength(text) > SOURCE_BYTES_MAX) return faulty('', `is larger than ${SOURCE_BYTES_MAX} bytes`);
  const source = parseYaml(text, '', onDuplicate);
  if (!source.valid) return source;
  if (!isRecord(source.value)) return faulty('', 'must be an object: a SidecarTemplate, a ConfigMap or a Pod fragment');
  const kind = own(source.value, 'kind');
  if (kind === 'SidecarTemplate') return { valid: true, value: source.value };
  if (kind === 'ConfigMap') return fromConfigMap(source.value, name, onDuplicate);
  if (kind === undefined || kind === 'Pod') return fromFragment(source.value, name, '');
  return faulty(
    'kind',
    `${JSON.stringify(kind)} is no template source; use SidecarTemplate, ConfigMap or a Pod fragment`,
  );
}

/** Reads one YAML (or JSON) document; the faults carry line and column. */
function parseYaml(text: string, path: string, onDuplicate: (key: DuplicateKey) => void): Parsed<unknown> {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    ...KUBECTL_YAML,
    lineCounter: lines,
    prettyErrors: false,
  });
  // Nothing between two separators, as tools leave it behind, is no document.
  const isFilled = (d: Document.Parsed): boolean =>
    d.errors.length > 0 || !(d.contents === null || isEmptyScalar(d.contents));
  const [document, ...others] = 'empty' in documents ? [] : documents.filter(isFilled);
  if (document === undefined) return faulty(path, 'is empty');
  if (others.length > 0) return faulty(path, 'holds more than one document; one file is one template');
  const errors = document.errors.map((e) => {
    const { line, col } = lines.linePos(e.pos[0]);
    return { path, message: `line ${line}, column ${col}: ${e.message}` };
  });
  if (errors.length > 0) return { valid: false, faults: errors };
  for (const key of settleDuplicateKeys(document, lines)) onDuplicate(key);
  const unknown = findUnknownAlias(document);
  if (unknown !== undefined) {
    const { line, col } = lines.linePos(unknown.range?.[0] ?? 0);
    return faulty(path, `line ${line}, column ${col}: the alias *${unknown.source} has no anchor before it`);
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    if (nestsDeeperThan(value, NESTING_MAX + 10)) return faulty(path, 'nests too deep, or an alias contains itself');
    return { valid: true, value };
  } catch (error) {
    return faulty(path, error instanceof Error ? error.message : String(error));
  }
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null && (node.source ?? '') === '';
}

function findUnknownAlias(document: Document): Alias | undefined {
  let found: Alias | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      found = alias;
      return visit.BREAK;
    },
  });
  return found;
}

function fromConfigMap(
  configMap: Readonly<Record<string, unknown>>,
  name: string,
  onDuplicate: (key: DuplicateKey) => void,
): Parsed<unknown> {
  const data = own(configMap, 'data');
  const config = isRecord(data) ? own(data, 'config') : undefined;
  if (isRecord(config)) return fromFragment(config, name, 'data.config');
  if (typeof config !== 'string') return faulty('data.config', 'must hold the Pod fragment, as a mapping or a string');
  const inner = parseYaml(config, 'data.config', onDuplicate);
  if (!inner.valid) return inner;
  return isRecord(inner.value)
    ? fromFragment(inner.value, name, 'data.config')
    : faulty('data.config', 'must be an object');
}

/** A fragment with `spec` or `metadata` is a Pod's; one without is a PodSpec's. */
function fromFragment(fragment: Readonly<Record<string, unknown>>, name: string, path: string): Parsed<unknown> {
  const { apiVersion: _, kind: __, metadata, spec, ...rest } = fragment;
  if (metadata === undefined && spec === undefined) return template(name, { spec: rest });
  const stray = Object.keys(rest)[0];
  if (stray !== undefined) {
    return faulty(`${path === '' ? '' : `${path}.`}${stray}`, 'stands beside metadata or spec; put it under spec');
  }
  return template(name, { ...(metadata === undefined ? {} : { metadata }), ...(spec === undefined ? {} : { spec }) });
}

function template(name: string, pod: unknown): Parsed<unknown> {
  return {
    valid: true,
    value: { apiVersion: API_VERSION, kind: 'SidecarTemplate', metadata: { name }, spec: { pod } },
  };
}

function faulty(path: string, message: string): { valid: false; faults: { path: string; message: string }[] } {
  return { valid: false, faults: [{ path, message }] };
}
