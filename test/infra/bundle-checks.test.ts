import type { Metafile } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { checkBundles, checkHandlers, ENTRY_POINTS } from '../../infra/deploy/bundle-checks.ts';

const HANDLERS: ReadonlyMap<string, string> = new Map(
  ENTRY_POINTS.map((entryPoint) => [entryPoint, `dist/${entryPoint}.handler`]),
);

describe('functions and entry points are the same', () => {
  test('as serverless.yml has them', () => {
    expect(() => checkHandlers(HANDLERS)).not.toThrow();
  });

  test.each<[case_: string, name: string, handler: string, message: string]>([
    ['a handler of another file', 'mutate', 'dist/mutant.handler', 'mutate has the handler dist/mutant.handler'],
    ['another export', 'mutate', 'dist/mutate.main', 'must be dist/{entryPoint}.handler'],
    ['the source instead of the bundle', 'mutate', 'functions/mutate.handler', 'functions/mutate.handler'],
    ['a function that is no entry point', 'other', 'dist/other.handler', 'function other'],
    ['a name of the prototype', 'constructor', 'dist/constructor.handler', 'function constructor'],
  ])('%s is refused', (_case, name, handler, message) => {
    expect(() => checkHandlers(new Map([...HANDLERS, [name, handler]]))).toThrow(message);
  });

  test.each(ENTRY_POINTS)('a missing function %s is refused', (entryPoint) => {
    const handlers = new Map([...HANDLERS].filter(([name]) => name !== entryPoint));
    expect(() => checkHandlers(handlers)).toThrow(`no function ${entryPoint}`);
  });
});

describe('a bundle', () => {
  const metafile = (bytes: number, exports: string[], input: string): Metafile => ({
    inputs: { [input]: { bytes: 1, imports: [] } },
    outputs: { 'dist/mutate.mjs': { bytes, exports, inputs: {}, imports: [] } },
  });
  const FINE = 'functions/mutate.ts';

  test('within its budget passes, the snapshot not counted', () => {
    expect(() => checkBundles(metafile(390 * 1_024 + 10, ['handler'], FINE), 10)).not.toThrow();
  });

  test.each<[case_: string, made: Metafile, message: string]>([
    ['above its budget', metafile(390 * 1_024 + 11, ['handler'], FINE), 'at most 399370 are allowed'],
    ['without a handler', metafile(1, ['main'], FINE), 'functions/mutate.ts exports no handler'],
    [
      'with the credential sources of a desk',
      metafile(1, ['handler'], 'node_modules/@aws-sdk/credential-provider-sso/dist-es/index.js'),
      'credentials come from the environment alone',
    ],
  ])('%s is refused', (_case, made, message) => {
    expect(() => checkBundles(made, 10)).toThrow(message);
  });

  test('of an entry point that is unknown is refused', () => {
    const outputs = { 'dist/other.mjs': { bytes: 1, exports: ['handler'], inputs: {}, imports: [] } };
    expect(() => checkBundles({ inputs: {}, outputs }, 0)).toThrow('other is no entry point');
  });
});
