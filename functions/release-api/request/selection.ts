import type { Canary } from '../../canary/canary.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import { matchesLabels } from '../../kubernetes/selector.ts';
import { equalValue, matchesFields, parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';

/** Those by which kube-apiserver selects custom resources. */
const FIELDS = ['metadata.name', 'metadata.namespace'];

/** Which canaries a request asks for. */
export interface Selection {
  /** Whether a canary of the name and namespace may be among them: its labels decide the rest. */
  isPlaced(whose: Pick<Canary['metadata'], 'name' | 'namespace'>): boolean;
  isSelected(canary: Pick<Canary, 'metadata'>): boolean;
  /** The only name, where one is asked for. */
  readonly name: string | undefined;
}

/**
 * Reads which canaries are meant by the path and the query's `labelSelector` and `fieldSelector`. Throws ApiError 400.
 *
 * @param namespace of this one alone
 */
export function readSelection(request: HttpRequest, namespace: string | undefined): Selection {
  const labels = request.query('labelSelector') ?? '';
  const selector = labels === '' ? undefined : parseLabelSelector(labels);
  const fields = parseFieldSelector(request.query('fieldSelector') ?? '', FIELDS);
  const isPlaced: Selection['isPlaced'] = (whose) =>
    (namespace === undefined || whose.namespace === namespace) &&
    matchesFields(
      fields,
      new Map([
        ['metadata.name', whose.name],
        ['metadata.namespace', whose.namespace],
      ]),
    );
  return {
    isPlaced,
    isSelected: ({ metadata }) =>
      isPlaced(metadata) && (selector === undefined || matchesLabels(selector, metadata.labels)),
    name: equalValue(fields, 'metadata.name'),
  };
}
