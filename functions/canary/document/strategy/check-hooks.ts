import type { Check } from '../../../json/check.ts';
import { urlFault } from '../../../json/url-fault.ts';
import type { Hook } from './hooks.ts';

/** Checks what the schema of hooks cannot: their URLs, and that no two have one name. @param path of the list */
export function checkHooks(hooks: readonly Hook[], check: Check, path: string): void {
  for (const [i, { name, url }] of hooks.entries()) {
    const fault = urlFault(url);
    if (fault !== undefined) check.fault(`${path}[${i}].url`, fault);
    if (hooks.findIndex((other) => other.name === name) < i) check.fault(`${path}[${i}].name`, 'is there twice');
  }
}
