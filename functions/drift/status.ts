export type { AppliedTemplate, InjectionStatus } from '../injection/status-annotation.ts';
export { readStatus } from '../injection/status-annotation.ts';
