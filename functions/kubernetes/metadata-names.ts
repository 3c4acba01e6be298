import { DNS_LABEL } from '../json/check.ts';

/** The name part of Kubernetes' qualified names for labels and annotations. */
const QUALIFIED_NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
/** A label's value; the empty one is one. */
export const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/** Whether this can be a label's or an annotation's key: an optional prefix (a DNS subdomain) and a slash, then the name. */
export function isQualifiedName(key: string): boolean {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  if (more.length > 0 || !QUALIFIED_NAME.test(name)) return false;
  return prefix === undefined || (prefix.length <= 253 && prefix.split('.').every((label) => DNS_LABEL.test(label)));
}
