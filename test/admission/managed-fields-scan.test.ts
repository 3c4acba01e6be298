import { describe, expect, test } from 'vitest';
import { scanJson } from '../../functions/admission/json-scan.ts';
import { decodeReview } from '../../functions/admission/review.ts';
import { AbridgedPodError, isBroughtByPod } from '../../functions/kubernetes/ownership.ts';
import { podOf } from '../support/pods.ts';
import { reviewDocument } from '../support/reviews.ts';

/** The text where the scan finds the managedFields. */
function found(text: string): string | undefined {
  const { isTooDeep, managedFields } = scanJson(text, 50);
  expect(isTooDeep).toBe(false);
  return managedFields && text.slice(managedFields.start, managedFields.end);
}
const inMetadata = (fields: string): string => `{"request":{"object":{"metadata":{${fields}}}}}`;

describe('the managedFields in the text of a review are', () => {
  test.each<[what: string, fields: string, list: string]>([
    ['an empty list', '"managedFields":[]', '[]'],
    ['a list with all that lists hold', '"managedFields":[{"a":[[1]]},{"b":{}}]', '[{"a":[[1]]},{"b":{}}]'],
    ['found between other fields', '"a":{"x":[]},"managedFields":[1],"b":[2]', '[1]'],
    ['the first of two', '"managedFields":[1],"managedFields":[2]', '[1]'],
    ['found behind a value of that name', '"a":"managedFields","managedFields":[1]', '[1]'],
    ['found behind a name as long', '"managedFieldz":[2],"managedFields":[1]', '[1]'],
    ['a list with brackets in texts', '"managedFields":["]","\\"]"],"b":[]', '["]","\\"]"]'],
    ['a list with the name in it', '"managedFields":[{"managedFields":[2]}]', '[{"managedFields":[2]}]'],
  ])('%s', (_what, fields, list) => {
    expect(found(inMetadata(fields))).toBe(list);
  });

  test.each<[what: string, text: string]>([
    ['a map', inMetadata('"managedFields":{"a":[1]}')],
    ['null, with a list behind', inMetadata('"managedFields":null,"a":[1]')],
    ['a text, with a list behind', inMetadata('"managedFields":"x","a":[1]')],
    ['written with white space', inMetadata('"managedFields": [1]')],
    ['written with white space before the colon', inMetadata('"managedFields" :[1]')],
    ['only a value', inMetadata('"a":"managedFields","b":[1]')],
    ['an element of a list', '[[[["managedFields",[1]]]]]'],
    ['called a little longer', inMetadata('"managedFields2":[1]')],
    ['called a little shorter', inMetadata('"managedField":[1]')],
    ['called otherwise', inMetadata('"managedfields":[1]')],
    ['one level too high', '{"a":{"b":{"managedFields":[1]}}}'],
    ['one level too low', inMetadata('"a":{"managedFields":[1]}')],
    ['never ended', '{"request":{"object":{"metadata":{"managedFields":[1'],
    ['beside a character of two bytes', inMetadata('"a":"é","managedFields":[1]')],
  ])('not left out where they are %s', (_what, text) => {
    expect(found(text)).toBeUndefined();
  });

  test('nothing that an earlier text left behind', () => {
    const text = inMetadata('"managedFields":[1]');
    expect(found(text)).toBe('[1]');
    expect(found(text.slice(0, text.indexOf(':[1]')))).toBeUndefined();
    expect(found(text.slice(0, text.indexOf('[1]')))).toBeUndefined();
  });
});

test('a Pod that was decoded without them says so where they are asked for, and one decoded whole has them', () => {
  const managedFields = [{ fieldsV1: { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': {} } } } }];
  const body = JSON.stringify(reviewDocument(podOf({}, { managedFields })));
  const ask = (isWhole: boolean): boolean => {
    const review = decodeReview(body, isWhole);
    if (!review.valid) throw new Error('the review has faults');
    return isBroughtByPod(Object(review.value.request.object), '/spec/containers', { name: 'app' });
  };
  expect(() => ask(false)).toThrow(AbridgedPodError);
  expect(ask(true)).toBe(true);
});
