import { expect, test } from 'vitest';
import { SPEC } from '../../functions/canary/document/spec.ts';
import { checkRoutes } from '../../functions/traffic/check-canary.ts';
import { canaryOf } from '../support/canaries.ts';

/** They are served from `status.targets`, as `checkTargets` finds them there. */
const STAGED = ['service', 'backends'];
/** What advances the weights, by which alone proxies know of it. */
const UNSERVED = ['strategy', 'group', 'clusters'];
/** No field of any kind may be this. */
const IMPOSSIBLE = [null];
const FIELDS = Object.keys(SPEC.fields).filter((field) => ![...STAGED, ...UNSERVED].includes(field));

test.each(FIELDS)('what is served looks at a stored spec.%s, whatever wrote it', (field) => {
  const canary = canaryOf();
  expect(checkRoutes(canary)).toEqual([]);
  const paths = checkRoutes({ ...canary, spec: { ...canary.spec, [field]: IMPOSSIBLE } }).map(({ path }) => path);
  expect(paths.filter((path) => path.startsWith(`spec.${field}`))).not.toEqual([]);
});
