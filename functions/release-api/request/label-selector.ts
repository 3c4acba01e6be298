import { isQualifiedName, LABEL_VALUE } from '../../kubernetes/metadata-names.ts';
import type { LabelSelector } from '../../kubernetes/selector.ts';
import { ApiError } from '../response/api-error.ts';

/** A selector in a query is typed by hand. */
const CHARACTERS_MAX = 1_024;
const SET = /^(\S+) +(in|notin) *\(([^()]*)\)$/;

/** Reads kubectl's `-l`: `app=cart,tier!=db,track in (a,b),!legacy`. Throws ApiError 400. */
export function parseLabelSelector(text: string): LabelSelector {
  if (text.length > CHARACTERS_MAX) throw malformed();
  const matchExpressions = requirements(text).map(readRequirement);
  const isGood = matchExpressions.every(
    ({ key, values }) => isQualifiedName(key) && values.every((v) => LABEL_VALUE.test(v)),
  );
  if (!isGood) throw malformed();
  return { matchLabels: new Map(), matchExpressions };
}

/** The parts between commas that stand outside of parentheses. */
function requirements(text: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const c of text) {
    if (c === '(') depth++;
    if (c === ')') depth--;
    if (c === ',' && depth === 0) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${c}`);
  }
  return parts.map((part) => part.trim());
}

function readRequirement(part: string): LabelSelector['matchExpressions'][number] {
  const [, key, word, list = ''] = SET.exec(part) ?? [];
  if (key !== undefined) {
    return { key, operator: word === 'in' ? 'In' : 'NotIn', values: list.split(',').map((v) => v.trim()) };
  }
  for (const [sign, operator] of [
    ['!=', 'NotIn'],
    ['==', 'In'],
    ['=', 'In'],
  ] as const) {
    const at = part.indexOf(sign);
    if (at <= 0) continue;
    return { key: part.slice(0, at).trim(), operator, values: [part.slice(at + sign.length).trim()] };
  }
  return part.startsWith('!')
    ? { key: part.slice(1).trim(), operator: 'DoesNotExist', values: [] }
    : { key: part, operator: 'Exists', values: [] };
}

function malformed(): ApiError {
  return new ApiError('BadRequest', 'labelSelector is malformed; write it as app=cart,tier!=db,track in (a,b),!legacy');
}
