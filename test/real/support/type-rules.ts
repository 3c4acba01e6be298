import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at } from '../../support/values.ts';
import { CLUSTER_DIR, run } from './scripts.ts';

/** What the sources of Kubernetes' types say of a struct beside the types of its fields. */
export interface TypeRules {
  /** Names of the fields that are never left out: no `omitempty`, no `+optional`. */
  readonly required: readonly string[];
  /** The values of the fields whose type is an enumeration (`+enum`). */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

const MODULE = join(import.meta.dirname, '..', 'merge-oracle');
/** Brings the sources of a module that another one pins, also where the Go of the machine is too old or missing. */
const SOURCES = '. "$0/lib.sh" && GO="$(go_command)" && exec "$GO" -C "$1" mod download -json "$2"';
/** The files that hold the types below PodSpec, in the modules that merge-oracle/go.mod pins. */
const FILES = [
  ['k8s.io/api', 'core/v1/types.go'],
  ['k8s.io/apimachinery', 'pkg/apis/meta/v1/types.go'],
] as const;

/** Reads enumerations and required fields of all structs; reflection does not know them, the markers in the sources do. */
export async function readTypeRules(): Promise<ReadonlyMap<string, TypeRules>> {
  const sources = await Promise.all(
    FILES.map(async ([module, file]) => {
      const { stdout } = await run('bash', ['-c', SOURCES, CLUSTER_DIR, MODULE, module]);
      return await readFile(join(String(at(JSON.parse(stdout), 'Dir')), file), 'utf8');
    }),
  );
  const source = sources.join('\n');
  const enums = new Map(
    [...source.matchAll(/^\/\/ \+enum\n(?:\/\/.*\n)*type (\w+) string$/gm)].map(([, name = '']) => [
      name,
      valuesOf(source, name),
    ]),
  );
  return new Map(
    [...source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => [
      name,
      rulesOf(body, enums),
    ]),
  );
}

/** The constants of a type: `PullAlways PullPolicy = "Always"`. */
function valuesOf(source: string, type: string): readonly string[] {
  const constants = source.matchAll(new RegExp(`^\\s*(?:const )?\\w+\\s+${type}\\s*=\\s*"([^"]*)"`, 'gm'));
  return [...new Set([...constants].map(([, value = '']) => value))].filter((value) => value !== '').sort();
}

function rulesOf(body: string, enums: ReadonlyMap<string, readonly string[]>): TypeRules {
  const required: string[] = [];
  const values: Record<string, readonly string[]> = {};
  let comment = '';
  for (const line of body.split('\n')) {
    const [, type = '', json = ''] = /^\t\w+\s+([^\s`]+)\s+`.*json:"([^"]*)"/.exec(line) ?? [];
    if (/^\t\/\//.test(line)) comment += line;
    else if (json === '') comment = '';
    else {
      const [field = '', ...flags] = json.split(',');
      const isOptional = flags.includes('omitempty') || flags.includes('inline') || comment.includes('+optional');
      if (field !== '' && !isOptional) required.push(field);
      const known = enums.get(type.replace(/^[*[\]]+/, ''));
      if (known !== undefined) values[field] = known;
      comment = '';
    }
  }
  return { required: required.sort(), values };
}
