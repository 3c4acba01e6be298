import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as annotations from '../../functions/injection/annotations.ts';
import { ROOT } from '../house/source-files.ts';

const page = (name: string): string => readFileSync(join(ROOT, 'docs', 'reference', `${name}.md`), 'utf8');

/** The fields of an exported interface, from its source. */
function fieldsOf(file: string, name: string): readonly string[] {
  const source = readFileSync(join(ROOT, 'functions', file), 'utf8');
  const body = new RegExp(`export interface ${name}[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? '';
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field = '']) => field);
}

test.each([
  ['cluster-record/cluster-record.ts', 'ClusterRecord', '', ['policy', 'egress']],
  ['cluster-record/token-issuer.ts', 'TokenIssuer', '', ['issuer', 'jwks']],
  ['cluster-record/next-channel.ts', 'NextChannel', '', ['channel', 'share', 'shadow']],
  ['cluster-record/admission-adds.ts', 'RecordAdmissionAdds', '', ['env', 'volumeMounts']],
  ['template/discovery-endpoint.ts', 'DiscoveryEndpoint', 'discovery.', ['host', 'idle']],
] as const)('the page of the cluster record names every field of %s', (file, name, prefix, some) => {
  // What sidecars with a pace get of `routesRefresh`; no field of the document.
  const fields = fieldsOf(file, name).filter((field) => field !== 'movingRefresh');
  expect(fields).toEqual(expect.arrayContaining([...some]));
  const named = page('cluster-record');
  expect(fields.filter((field) => !new RegExp(`[\`{ ]${prefix}${field}[\`,} ]`).test(named))).toEqual([]);
});

test('the page of annotations names every key', () => {
  const keys = Object.values(annotations);
  expect(keys.length).toBeGreaterThan(5);
  expect(keys.filter((key) => !page('annotations').includes(`\`${key}`))).toEqual([]);
});
