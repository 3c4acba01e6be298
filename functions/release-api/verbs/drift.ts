import type { HttpResult } from '../../http/result.ts';
import type { Call } from '../call.ts';
import { ApiError } from '../response/api-error.ts';
import { answer } from '../response/response.ts';

/** `GET …/drift`: the last drift report of a Kubernetes cluster, as `advance` has written it. */
export async function getDrift({ tools, cluster, signal }: Call): Promise<HttpResult> {
  const report = await tools.drift?.readDrift(cluster, signal);
  if (report !== undefined) return answer(200, report);
  const how = 'the function advance writes one for the clusters of OUTRIGGER_CLUSTERS';
  throw new ApiError('NotFound', `there is no drift report of Kubernetes cluster ${cluster} of the last day; ${how}`);
}
