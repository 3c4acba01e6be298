import { ADMISSION } from './catalogue/admission.ts';
import { PARAMETERS } from './catalogue/parameters.ts';
import { PODS } from './catalogue/pods.ts';
import { RUNTIME } from './catalogue/runtime.ts';
import { STORE } from './catalogue/store.ts';
import { TRANSPORT } from './catalogue/transport.ts';
import { WEIGHTS } from './catalogue/weights.ts';
import type { Fault } from './fault.ts';

/**
 * The hundred faults that the product is tested with, and the tests that prove each: the one place where they stand.
 * `npm run faults` runs them; README.md beside this file says how to add one.
 */
export const CATALOGUE: readonly Fault[] = [
  ...TRANSPORT,
  ...ADMISSION,
  ...PODS,
  ...STORE,
  ...PARAMETERS,
  ...RUNTIME,
  ...WEIGHTS,
];
