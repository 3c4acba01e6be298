import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { fieldsOf } from '../../functions/template/pod-types.ts';
import { readFieldTypes } from './support/merge-oracle.ts';
import { whyNotMergeOracle } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

// `npm run golden:types` writes the table anew, from the types of the pinned Kubernetes.
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const FILE = join(import.meta.dirname, '..', '..', 'functions', 'template', 'pod-types.ts');

await describeReal("the table of types against Kubernetes' own", whyNotMergeOracle, () => {
  let theirs: Awaited<ReturnType<typeof readFieldTypes>>;
  beforeAll(async () => {
    theirs = await readFieldTypes();
  });

  test('the file holds every field of every type below PodSpec, and no other', async () => {
    const rows = Object.entries(theirs).map(([name, fields]) => {
      const said = Object.entries(fields).map(([field, type]) => (type === 'string' ? field : `${field}:${type}`));
      return [name, ...said.sort()].join(' ');
    });
    const table = `const TABLE = \`\n${rows.sort().join('\n')}\n\`;`;
    const text = await readFile(FILE, 'utf8');
    if (UPDATE)
      await writeFile(
        FILE,
        text.replace(/const TABLE = `[^`]*`;/, () => table),
      );
    expect(await readFile(FILE, 'utf8')).toContain(table);
    expect(rows.length).toBeGreaterThan(90);
  });

  test('it is read back as it was written', () => {
    for (const [name, fields] of Object.entries(theirs)) {
      expect(Object.fromEntries(fieldsOf(name) ?? []), name).toEqual(fields);
    }
    expect(fieldsOf('PodStatus')).toBeUndefined();
  });
});
