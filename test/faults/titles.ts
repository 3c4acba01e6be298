import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Proof, titlePattern } from './fault.ts';

const TESTS = join(import.meta.dirname, '..');
const CONTRACTS = readdirSync(join(TESTS, 'contract')).map((name) => `contract/${name}`);
/** Texts in a file: in either quotes, or in backticks. */
const TEXT = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;
/** What vitest puts a row's values for. */
const PLACEHOLDER = /%[sdifjo]|\$\w+(?:\.\w+)*|\$\{[^}]*\}/g;

/**
 * Whether the file of a proof, or a contract that it runs, still has a title like that. It is not run for it: a row that
 * left a table of cases is noticed by `npm run faults` alone.
 */
export function hasTitle([file, title]: Proof): boolean {
  const wanted = new RegExp(`^${titlePattern(title)}$`, 's');
  return [file, ...CONTRACTS].some((name) =>
    textsIn(name).some((text) => wanted.test(text) || (isTemplate(text) && templatePattern(text).test(title))),
  );
}

/** Whether a text is a title with places for values, and says enough beside them. */
function isTemplate(text: string): boolean {
  const rest = text.replaceAll(PLACEHOLDER, '');
  return rest !== text && rest.trim().length >= 4;
}

function templatePattern(text: string): RegExp {
  return new RegExp(`^${titlePattern(text.replaceAll(PLACEHOLDER, '*'))}$`, 's');
}

function textsIn(name: string): readonly string[] {
  const source = readFileSync(join(TESTS, name), 'utf8');
  const texts = [...source.matchAll(TEXT)].map(([, single, double, template]) => single ?? double ?? template ?? '');
  return texts.filter((text) => text.length > 2).map((text) => text.replaceAll(/\\(.)/g, '$1'));
}
