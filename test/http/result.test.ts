import { expect, test } from 'vitest';
import { jsonResult, textResult } from '../../functions/http/result.ts';

test('a JSON answer carries its text as it is', () => {
  expect(jsonResult(200, '{"a":1}')).toEqual({
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  });
});

test('a sentence is plain text with a newline at its end', () => {
  expect(textResult(405, 'no', { allow: 'POST' })).toEqual({
    statusCode: 405,
    headers: { 'content-type': 'text/plain; charset=utf-8', allow: 'POST' },
    body: 'no\n',
  });
});
