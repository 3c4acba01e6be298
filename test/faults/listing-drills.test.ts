import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TemplateStoreError } from '../../functions/errors.ts';
import { createSsmPublisher } from '../../functions/template-store/ssm/ssm-publisher.ts';
import { ssmClientFor, ssmHarness } from '../contract/ssm-harness.ts';
import { document } from '../contract/template-store.ts';
import { DRILL_FLEET, environmentAt, moveClock, outcomeOf } from '../support/drill.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';

const TEMPLATES = `/outrigger/${DRILL_FLEET}/templates`;
/** 1,000 templates, in pages of ten. */
const PAGES_MAX = 100;

let fake: SsmFake;
beforeEach(async () => {
  fake = await startSsmFake();
});
afterEach(() => {
  vi.useRealTimers();
  fake.close();
});

const putRecord = async (record: Record<string, unknown>): Promise<void> =>
  await ssmHarness(ssmClientFor(fake.url), DRILL_FLEET).putClusterRecord('local', record);
const listings = (): number => fake.calls.filter((call) => call === 'GetParametersByPath').length;

describe('an empty path (64)', () => {
  test('nothing is asked for: the Pod passes', async () => {
    await putRecord({ defaultTemplates: [] });
    expect(await outcomeOf(environmentAt(fake.url))).toBeUndefined();
  });

  test('a default template is missing: failurePolicy decides', async () => {
    await putRecord({ defaultTemplates: ['envoy'] });
    const entryPoint = environmentAt(fake.url);
    expect(await outcomeOf(entryPoint)).toBe(500);
    expect(entryPoint.logged().at(-1)).toMatchObject({ reason: 'DefaultTemplateMissing' });
  });
});

describe.each<[string, () => void]>([
  [
    '10,001 parameters',
    () => {
      for (let i = 0; i <= 10_000; i++) {
        fake.parameters.put(`${TEMPLATES}/t${i}`, '{}', 'String', 'Standard', false);
        fake.parameters.label(`${TEMPLATES}/t${i}`, 1, ['stable']);
      }
    },
  ],
  [
    'an endless listing',
    () => {
      fake.trouble = { kind: 'endless', repeats: false };
    },
  ],
  [
    'a token that repeats itself',
    () => {
      fake.trouble = { kind: 'endless', repeats: true };
    },
  ],
])('%s (64)', (_, spoil) => {
  beforeEach(async () => {
    await createSsmPublisher(ssmClientFor(fake.url), DRILL_FLEET, Date.now).publish('envoy', document('envoy', 'e:1'));
    await putRecord({ defaultTemplates: ['envoy'] });
    fake.calls.length = 0;
  });

  test('cold: bounded, and failurePolicy decides', async () => {
    spoil();
    expect(await outcomeOf(environmentAt(fake.url))).toBe(500);
    expect(listings()).toBeGreaterThan(0);
    expect(listings()).toBeLessThanOrEqual(PAGES_MAX);
  });

  test('warm: a part of a listing never takes templates away', async () => {
    const entryPoint = environmentAt(fake.url);
    expect(await outcomeOf(entryPoint)).toBe('e:1');
    spoil();
    moveClock(60_000);
    for (let i = 0; i < 3; i++) expect(await outcomeOf(entryPoint, `u-${i}`)).toBe('e:1');
    await expect
      .poll(() => entryPoint.logged(), { timeout: 3_000 })
      .toContainEqual(expect.objectContaining({ message: 'store unreadable' }));
    expect(await outcomeOf(entryPoint)).toBe('e:1');
  });
});

test('a command ends with a sentence where a listing repeats itself (64)', async () => {
  const publisher = createSsmPublisher(ssmClientFor(fake.url), DRILL_FLEET, Date.now);
  fake.trouble = { kind: 'endless', repeats: true };
  const listing = publisher.list();
  await expect(listing).rejects.toThrow(TemplateStoreError);
  await expect(listing).rejects.toThrow(/NextToken twice/);
  fake.trouble = { kind: 'endless', repeats: false };
  await expect(publisher.list()).rejects.toThrow(/more than 1000 pages/);
});
