import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { outrigger, type Run } from '../support/outrigger.ts';
import { at } from '../support/values.ts';

const TEMPLATE = `
apiVersion: outrigger.dev/v1alpha1
kind: SidecarTemplate
metadata: { name: team }
spec: { pod: { metadata: { labels: { team: payments } } } }
`;
const NOWHERE = '/nowhere/outrigger-state';

async function exportMap(args: readonly string[], stdin = ''): Promise<Run> {
  return await outrigger(['export', 'map', '--state-dir', NOWHERE, ...args], { stdin });
}

describe('outrigger export map', () => {
  test('prints policy and binding as YAML', async () => {
    const { code, stdout, stderr } = await exportMap(['envoy-initializer']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^note: under Ignore [^\n]*\n$/) });
    const documents = parseAllDocuments(stdout);
    const kinds = Array.isArray(documents) ? documents.map((d) => at(d.toJS(), 'kind')) : [];
    expect(kinds).toEqual(['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding']);
  });

  test('prints them as a List with -o json, with the policies asked for, of standard input', async () => {
    const args = [
      '-f',
      '-',
      '-o',
      'json',
      '--failure-policy',
      'Fail',
      '--reinvocation-policy',
      'IfNeeded',
      '--default',
    ];
    const { stdout, stderr } = await exportMap(args, TEMPLATE);
    expect(stderr).toBe('');
    const list = JSON.parse(stdout);
    expect(list).toMatchObject({
      kind: 'List',
      items: [{ spec: { failurePolicy: 'Fail', reinvocationPolicy: 'IfNeeded' } }, {}],
    });
  });

  test('says what a reader would not expect', async () => {
    const { stderr } = await exportMap(['labels']);
    expect(stderr).toMatch(
      /^note: only Pods that name labels .*\nnote: parameters are fixed: team = unassigned, .*\n$/,
    );
  });

  test.each([
    ['Ignore', 1],
    ['Fail', 0],
  ])('under %s says whether a Pod that names the template may go without', async (policy, notes) => {
    const { stderr } = await exportMap(['envoy-initializer', '--failure-policy', policy]);
    expect(stderr.match(/^note: under Ignore a Pod that names envoy-initializer /gm) ?? []).toHaveLength(notes);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['neither a name nor a file', [], /name a template, or a file with -f/],
    ['both', ['labels', '-f', 'x.yaml'], /name a template, or a file with -f/],
    ['an unknown name', ['constructor'], /there is no template constructor; there are: .*labels/],
    ['no such file', ['-f', '/nowhere/x.yaml'], /there is no file \/nowhere\/x.yaml/],
    [
      'a template that a policy cannot hold',
      ['log-shipper'],
      /log-shipper cannot be a MutatingAdmissionPolicy: .*depends on cluster/,
    ],
  ])('refuses %s', async (_, args, words) => {
    const { code, stdout, stderr } = await exportMap(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error: ${words.source}[^\\n]*\\n$`));
  });
});
