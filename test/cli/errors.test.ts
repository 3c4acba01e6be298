import { expect, test } from 'vitest';
import { codeOf, UsageError } from '../../infra/cli/errors.ts';

test.each<[string, unknown, unknown]>([
  ['a file system error', Object.assign(new Error('no'), { code: 'ENOENT' }), 'ENOENT'],
  ['an error without code', new UsageError('no'), undefined],
  ['an object that is no error', { code: 'ENOENT' }, undefined],
  ['null', null, undefined],
])('the code of %s', (_case, error, code) => {
  expect(codeOf(error)).toBe(code);
});
