import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { casesIn } from './support/golden-cases.ts';
import { askForMesh, bootstrapOf, CA_PEM, envoyArgs, MESH_CORNERS, meshed } from './support/mesh-pod.ts';

// A Pod after the shipped template `envoy`, the bootstrap beside it for the eye. What Envoy says of it:
// test/real/bootstrap.test.ts. `npm run golden` writes the files.
const GOLDEN = join(import.meta.dirname, 'golden', 'mesh');
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const CORNERS = Object.entries(MESH_CORNERS);

test.each(CORNERS)('%s', async (name, corner) => {
  const pod = await meshed(corner);
  expect(await askForMesh(corner, pod)).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
  const args = envoyArgs(pod);
  const text = JSON.stringify(pod).replace(JSON.stringify(args.at(-1)), '"BOOTSTRAP"');
  const seen: unknown = JSON.parse(
    JSON.stringify({ pod: JSON.parse(text), bootstrap: bootstrapOf(args) }).replaceAll(
      JSON.stringify(CA_PEM).slice(1, -1),
      'PEM',
    ),
  );
  const file = join(GOLDEN, `${name}.yaml`);
  if (UPDATE) writeFileSync(file, stringify(seen, { lineWidth: 0, aliasDuplicateObjects: false }));
  expect(seen).toEqual(parse(readFileSync(file, 'utf8')));
});

test('every golden has its case', () => {
  expect(casesIn(GOLDEN).toSorted()).toEqual(Object.keys(MESH_CORNERS).toSorted());
});

test.each(CORNERS)('%s: two dollars in a row would become one on the node', async (_name, corner) => {
  expect(envoyArgs(await meshed(corner)).join(' ')).not.toContain('$$');
});

test('a record without discovery: what to set', async () => {
  expect(await askForMesh({ record: {}, parameters: {} })).toMatchObject({
    verdict: 'fail',
    reason: 'RenderFailed',
    sentence: expect.stringContaining('envoy: the cluster record has no discovery: set discovery.host there'),
  });
});
