import { expect, test } from 'vitest';
import { CanaryStoreError, IssuerError, RequestError, TemplateStoreError } from '../../functions/errors.ts';
import { createLog } from '../../functions/log.ts';
import { failureOf } from '../../functions/traffic/discovery-failure.ts';
import { recordOf } from '../support/values.ts';

const [FAILED, NOTHING] = ['request failed', 'outrigger: nothing can be said at the moment'];

test.each<[string, unknown, number, string, object]>([
  [
    'the caller’s',
    new RequestError(404, 'no such type', { allow: 'POST' }),
    404,
    'no such type',
    { message: 'request refused', status: '404', why: 'no such type' },
  ],
  ...[new CanaryStoreError('down'), new TemplateStoreError('down'), new IssuerError('down')].map(
    (error): [string, unknown, number, string, object] => [
      `of what we stand on (${error.name})`,
      error,
      503,
      `${NOTHING} (${error.name})`,
      { message: FAILED, error: error.name, why: 'down' },
    ],
  ),
  ['ours', new TypeError('a secret'), 503, `${NOTHING} (internal error)`, { message: FAILED, error: 'TypeError' }],
  ['no error', 'a secret', 503, `${NOTHING} (internal error)`, { message: FAILED, error: 'unknown error' }],
])('the response to an error: %s', (_whose, error, status, body, line) => {
  const logged: Record<string, unknown>[] = [];
  const log = createLog(
    (text) => logged.push({ ...recordOf(JSON.parse(text)) }),
    () => 0,
  );
  const result = failureOf(error, log);
  expect([result.statusCode, result.body.trim()]).toEqual([status, body]);
  if (status === 404) expect(result.headers).toMatchObject({ allow: 'POST' });
  expect(logged).toMatchObject([line]);
  expect(JSON.stringify([result, logged])).not.toContain('secret');
});
