import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { rulesOf } from '../../functions/kubernetes/pod-rules.ts';
import { fieldsOf } from '../../functions/kubernetes/pod-types.ts';
import { readFieldTypes } from './support/merge-oracle.ts';
import { whyNotMergeOracle } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';
import { readTypeRules } from './support/type-rules.ts';

// `npm run golden:types` writes the table anew, from the types of the pinned Kubernetes.
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const RULES_FILE = join(import.meta.dirname, '..', '..', 'functions', 'kubernetes', 'pod-rules.ts');
/** Go always writes these, and their zero value is accepted; a template's PodSpec is a part of one. */
const MAY_BE_ABSENT = [
  ...['PodSpec.containers', 'HTTPHeader.value', 'Sysctl.value', 'ISCSIVolumeSource.lun', 'SleepAction.seconds'],
  'PreferredSchedulingTerm.preference',
];
const FILE = join(import.meta.dirname, '..', '..', 'functions', 'kubernetes', 'pod-types.ts');

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

  test('the file of rules holds every enumeration and every required field of these types', async () => {
    const read = await readTypeRules();
    const rows = [...read].flatMap(([name, { required, values }]) => {
      const must = required.filter((field) => !MAY_BE_ABSENT.includes(`${name}.${field}`));
      const may = Object.entries(values).map(([field, texts]) => `${field}=${texts.join('|')}`);
      const parts = [...must.map((field) => `!${field}`), ...may.sort()];
      return theirs[name] === undefined || parts.length === 0 ? [] : [[name, ...parts].join(' ')];
    });
    const table = `const TABLE = \`\n${rows.sort().join('\n')}\n\`;`;
    const text = await readFile(RULES_FILE, 'utf8');
    if (UPDATE)
      await writeFile(
        RULES_FILE,
        text.replace(/const TABLE = `[^`]*`;/, () => table),
      );
    expect(await readFile(RULES_FILE, 'utf8')).toContain(table);
    expect(rows.length).toBeGreaterThan(60);
    expect(rulesOf('Container').values.get('imagePullPolicy')).toEqual(
      read.get('Container')?.values['imagePullPolicy'],
    );
    expect(rulesOf('TopologySpreadConstraint').required).toEqual(['maxSkew', 'topologyKey', 'whenUnsatisfiable']);
  });
});
