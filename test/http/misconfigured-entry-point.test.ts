import { expect, test } from 'vitest';
import { misconfiguredEntryPoint } from '../../functions/http/misconfigured-entry-point.ts';
import { collectLog } from '../support/log-lines.ts';

test.each([
  [new Error('OUTRIGGER_FLEET is missing'), 'OUTRIGGER_FLEET is missing'],
  ['text', 'unknown error'],
])('a misconfigured entry point responds to every call with 500, and logs why with each: %s', async (error, why) => {
  const { log, lines } = collectLog();
  const entryPoint = misconfiguredEntryPoint(log, error);
  for (const event of [undefined, { version: '2.0' }]) {
    expect(await entryPoint(event)).toMatchObject({
      statusCode: 500,
      body: 'outrigger: the function is misconfigured\n',
    });
  }
  const line = ['error', 'function is misconfigured', { why }];
  expect(lines).toEqual([line, line]);
});
