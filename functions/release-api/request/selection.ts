import type { Canary } from '../../canary/canary.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import { matchesLabels } from '../../kubernetes/selector.ts';
import { matchesFields, parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';

/** Those by which kube-apiserver selects custom resources. */
const FIELDS = ['metadata.name', 'metadata.namespace'];

/**
 * Which canaries a request asks for by its path and its query's `labelSelector` and `fieldSelector`. Throws ApiError 400.
 *
 * @param namespace of this one alone
 */
export function readSelection(
  request: HttpRequest,
  namespace: string | undefined,
): (canary: Pick<Canary, 'metadata'>) => boolean {
  const labels = request.query('labelSelector') ?? '';
  const selector = labels === '' ? undefined : parseLabelSelector(labels);
  const fields = parseFieldSelector(request.query('fieldSelector') ?? '', FIELDS);
  return ({ metadata }) =>
    (namespace === undefined || metadata.namespace === namespace) &&
    (selector === undefined || matchesLabels(selector, metadata.labels)) &&
    matchesFields(
      fields,
      new Map([
        ['metadata.name', metadata.name],
        ['metadata.namespace', metadata.namespace],
      ]),
    );
}
