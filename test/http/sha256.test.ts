import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Sha256 } from '../../functions/http/sha256.ts';

const BYTES = new TextEncoder().encode('..abc..');
/** The same three bytes, in every shape that the signer may hand over. */
const SHAPES: readonly (readonly [string, string | ArrayBuffer | ArrayBufferView])[] = [
  ['a text', 'abc'],
  ['bytes', new Uint8Array([97, 98, 99])],
  ['a view of a part of a buffer', new Uint8Array(BYTES.buffer, 2, 3)],
  ['another view', new DataView(BYTES.buffer, 2, 3)],
  ['a buffer', new Uint8Array([97, 98, 99]).buffer],
];
const hex = async (hash: Sha256): Promise<string> => Buffer.from(await hash.digest()).toString('hex');

describe.each(SHAPES)('%s', (_what, abc) => {
  test('is hashed', async () => {
    const hash = new Sha256();
    hash.update(abc);
    expect(await hex(hash)).toBe(createHash('sha256').update('abc').digest('hex'));
  });

  test('is a secret', async () => {
    const hash = new Sha256(abc);
    hash.update('data');
    expect(await hex(hash)).toBe(createHmac('sha256', 'abc').update('data').digest('hex'));
  });
});

test('a reset begins from nothing, with the secret kept', async () => {
  for (const [secret, wanted] of [
    [undefined, createHash('sha256')],
    ['s', createHmac('sha256', 's')],
  ] as const) {
    const hash = new Sha256(secret);
    hash.update('thrown away');
    hash.reset();
    hash.update('kept');
    expect(await hex(hash)).toBe(wanted.update('kept').digest('hex'));
  }
});
