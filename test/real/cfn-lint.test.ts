import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROFILES, packageService } from '../support/service-package.ts';
import { lintTemplate } from './support/cfn-lint.ts';
import { whyNotMoto } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

/** A DependsOn that a reference implies already: osls writes some, and so do registrations, which name all they need. */
const REDUNDANT_DEPENDENCY = 'W3005';
const REGION = 'eu-central-1';
const MINUTES_5 = 300_000;

await describeReal('cfn-lint, which knows every resource, property and IAM action of AWS', whyNotMoto, () => {
  test.each([['public, with defaults alone', {}] as const, ...PROFILES])(
    'finds nothing in the template of network profile %s',
    async (_profile, params) => {
      const { templateFile } = await packageService(params);
      expect(await lintTemplate(templateFile, REGION, [REDUNDANT_DEPENDENCY])).toEqual([]);
    },
    MINUTES_5,
  );

  test(
    'would find an action that does not exist, and a property that is none',
    async () => {
      const { templateFile, folder } = await packageService({});
      const text = await readFile(templateFile, 'utf8');
      const wrong = join(folder, 'wrong.json');
      const changed = text
        .replace('"dynamodb:Query"', '"dynamodb:TransactWriteItems"')
        .replace('"BillingMode"', '"Mode"');
      await writeFile(wrong, changed);
      const found = await lintTemplate(wrong, REGION, [REDUNDANT_DEPENDENCY]);
      expect(found).toEqual(
        expect.arrayContaining([expect.stringContaining('W3037'), expect.stringContaining('E3002')]),
      );
    },
    MINUTES_5,
  );
});
