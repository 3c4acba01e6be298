import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSsmPublisher } from '../../functions/template-store/ssm/ssm-publisher.ts';
import { lintTemplate } from '../../infra/cli/lint/lint.ts';
import { ssmClientFor, ssmHarness } from '../contract/ssm-harness.ts';
import { document } from '../contract/template-store.ts';
import { DRILL_FLEET, environmentAt, outcomeOf, sendReview } from '../support/drill.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';
import { templateDocument } from '../support/templates.ts';

const SECRET = 'hunter2-S3CRET';
const NAME = `/outrigger/${DRILL_FLEET}/templates/envoy`;

let fake: SsmFake;
beforeEach(async () => {
  fake = await startSsmFake();
  await ssmHarness(ssmClientFor(fake.url), DRILL_FLEET).putClusterRecord('local', { defaultTemplates: ['envoy'] });
});
afterEach(() => fake.close());

/** A container with a secret written out, and what else is to be wrong with it. */
const withSecret = (more: Record<string, unknown> = {}): Record<string, unknown> =>
  templateDocument('envoy', {
    pod: {
      spec: { containers: [{ name: 'envoy', image: 'e:1', env: [{ name: 'DB_PASSWORD', value: SECRET }], ...more }] },
    },
  });

function putVersion(value: string, type: string): void {
  const version = fake.parameters.put(NAME, value, type, 'Standard', true);
  fake.parameters.label(NAME, version, ['stable']);
}

test('a SecureString is no template, and nothing of it is in the answer or the log (65)', async () => {
  putVersion(JSON.stringify(withSecret()), 'SecureString');
  const entryPoint = environmentAt(fake.url);
  const result = await sendReview(entryPoint);
  expect(result.statusCode).toBe(500);
  expect(entryPoint.logged()).toContainEqual(
    expect.objectContaining({ message: 'template refused', why: expect.stringContaining('SecureString') }),
  );
  expect(JSON.stringify(result) + entryPoint.lines.join()).not.toContain(SECRET);
});

test('a SecureString never replaces the good version of its name (65)', async () => {
  await createSsmPublisher(ssmClientFor(fake.url), DRILL_FLEET, Date.now).publish('envoy', document('envoy', 'e:1'));
  const entryPoint = environmentAt(fake.url);
  expect(await outcomeOf(entryPoint)).toBe('e:1');
  putVersion(JSON.stringify(withSecret()), 'SecureString');
  expect(await outcomeOf(entryPoint, 'u-2')).toBe('e:1');
  expect(entryPoint.lines.join()).not.toContain(SECRET);
});

test('a literal secret keeps a template from being published, and the finding does not repeat it (65)', () => {
  const { findings } = lintTemplate(withSecret());
  expect(findings).toContainEqual(expect.objectContaining({ level: 'error', rule: 'literal-secret' }));
  expect(JSON.stringify(findings)).not.toContain(SECRET);
});

test.each<[what: string, value: string]>([
  ['refused for another reason', JSON.stringify(withSecret({ ports: [{ containerPort: SECRET }], args: SECRET }))],
  ['of a wrong type', JSON.stringify(withSecret({ env: [{ name: 'A', value: { secret: SECRET } }] }))],
  ['cut off', JSON.stringify(withSecret()).slice(0, -4)],
  ['that is no JSON', `password: ${SECRET}`],
])('a template %s is refused without a value of it in the log (65)', async (_, value) => {
  putVersion(value, 'String');
  const entryPoint = environmentAt(fake.url);
  const result = await sendReview(entryPoint);
  expect(result.statusCode).toBe(500);
  expect(entryPoint.logged()).toContainEqual(expect.objectContaining({ message: 'template refused' }));
  expect(JSON.stringify(result) + entryPoint.lines.join()).not.toContain(SECRET);
});
