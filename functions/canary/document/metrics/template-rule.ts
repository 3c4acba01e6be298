import type { Place } from '../../../json/schema/schema.ts';
import { templateFault } from '../../metrics/query-template.ts';

/** A rule of texts in which variables may stand: unknown ones are a fault. */
export function isTemplate(value: unknown, { check, path }: Place): unknown {
  const fault = templateFault(String(value));
  if (fault !== undefined) check.fault(path, fault);
  return value;
}
