import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { companionBinding, companionPolicy } from '../../functions/registration/objects/companion-policy.ts';
import { expectedContainers } from '../../functions/registration/objects/expected-containers.ts';
import { at } from '../support/values.ts';

const GOLDEN = join(import.meta.dirname, '..', 'golden', 'manifest', 'companion-policy.yaml');

function stored(
  name: string,
  containers: unknown,
  allow: object = {},
): { name: string; version: string; document: unknown } {
  const document = {
    apiVersion: 'outrigger.dev/v1alpha1',
    kind: 'SidecarTemplate',
    metadata: { name },
    spec: { allow, pod: { spec: { containers } } },
  };
  return { name, version: '1', document };
}

function recordWith(fields: object): Parameters<typeof expectedContainers>[0] {
  const parsed = parseClusterRecord(fields);
  return parsed.valid ? parsed.value : expect.fail(JSON.stringify(parsed.faults));
}

const proxy = { name: 'proxy', image: 'proxy:1' };
const agent = { name: 'agent', image: 'agent:1' };

test('the whole policy is as it was agreed', () => {
  const record = recordWith({
    defaultTemplates: ['mesh', 'logs'],
    neverSelectors: [{ matchLabels: { "it's": '"quoted"' } }],
  });
  const expected = expectedContainers(record, [
    stored('mesh', [proxy, agent]),
    stored('logs', [agent], { windows: true }),
  ]);
  const policy = companionPolicy({ action: 'Deny', namespaces: ['shop'], record, expected });
  const text = [policy, companionBinding('Deny')]
    .map((o) => stringify(o, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text);
  expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
});

test.each([
  ['Warn', 'Ignore'],
  ['Deny', 'Fail'],
] as const)('under %s an expression that errs means %s; no message has a newline', (action, failurePolicy) => {
  const record = recordWith({ defaultTemplates: ['mesh'] });
  const policy = companionPolicy({ action, record, expected: expectedContainers(record, [stored('mesh', [proxy])]) });
  expect(at(policy, 'spec', 'failurePolicy')).toBe(failurePolicy);
  expect(at(policy, 'spec', 'validations', 0, 'message')).not.toContain('\n');
});

test('a roll-out in progress: the containers of either channel will do', () => {
  const record = recordWith({ defaultTemplates: ['mesh'] });
  const both = expectedContainers(record, [stored('mesh', [proxy])], [stored('mesh', [agent], { hostNetwork: true })]);
  expect(both).toEqual([
    { template: 'mesh', alternatives: [['proxy'], ['agent']], allow: { hostNetwork: false, windows: false } },
  ]);
});

test.each<[string, unknown]>([
  ['none', undefined],
  ['only what a parameter may leave out', [{ $if: 'false', then: proxy }]],
])('a template that brings %s leaves nothing to look for', (_case, containers) => {
  const record = recordWith({ defaultTemplates: ['mesh', 'not-published'] });
  expect(expectedContainers(record, [stored('mesh', containers)])).toEqual([]);
});
