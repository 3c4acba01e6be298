import { Check } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { ApiError } from '../response/api-error.ts';

/** The preconditions of Kubernetes' DeleteOptions; its other fields (propagationPolicy, …) mean nothing here. */
export function parseDeleteOptions(document: unknown): { readonly uid?: string; readonly resourceVersion?: string } {
  const check = new Check();
  if (!isRecord(document)) throw new ApiError('BadRequest', 'the body of a DELETE must be DeleteOptions, or empty');
  const preconditions = check.object(document, 'preconditions', 'preconditions') ?? {};
  const uid = check.string(preconditions, 'uid', 'preconditions.uid', '');
  const resourceVersion = check.string(preconditions, 'resourceVersion', 'preconditions.resourceVersion', '');
  const [fault] = check.faults;
  if (fault !== undefined) throw new ApiError('BadRequest', `${fault.path} ${fault.message}`);
  return { ...(uid === '' ? {} : { uid }), ...(resourceVersion === '' ? {} : { resourceVersion }) };
}
