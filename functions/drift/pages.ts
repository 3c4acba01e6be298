import { NoAnswerError } from '../http/http-client.ts';
import { type ClusterApi, ClusterApiError, ClusterUnreachableError, type KubeObject } from '../kube-api/cluster-api.ts';

/** How a list is read. */
export interface Paging {
  readonly api: Pick<ClusterApi, 'list'>;
  /** Objects per page, 500 as kubectl has it; halved where a page is too large to be read at once, doubled again later. */
  readonly pageSize?: number;
  readonly signal: AbortSignal;
}

const PAGE_SIZE = 500;
/** More pages than a Kubernetes cluster can have (150,000 Pods): a server that repeats itself is not followed for ever. */
const PAGES_MAX = 1_000;
/** Good pages after which larger ones are asked for again: a few huge Pods must not make all that follow 16 a page. */
const GOOD_PAGES = 4;

/** The pages of a list, e.g. of `/api/v1/pods`, one at a time. Rejects as the ClusterApi does. */
export async function* pagesOf(
  { api, pageSize = PAGE_SIZE, signal }: Paging,
  path: string,
): AsyncGenerator<readonly KubeObject[]> {
  let next: string | undefined;
  let limit = pageSize;
  let good = 0;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const from = next === undefined ? {} : { continue: next };
    const page = await api.list(path, { limit, ...from }, signal).catch((error: unknown) => {
      if (limit === 1 || !isTooLarge(error)) throw error;
      return undefined;
    });
    if (page === undefined) {
      limit = Math.ceil(limit / 2);
      good = 0;
      continue;
    }
    yield page.items;
    next = page.continue;
    if (next === undefined) return;
    good++;
    if (good % GOOD_PAGES === 0) limit = Math.min(pageSize, limit * 2);
  }
  throw new ClusterApiError(500, 'TooManyPages', `${path} has more than ${PAGES_MAX} pages`);
}

/** Whether a page was larger than the ClusterApi reads at once. */
function isTooLarge(error: unknown): boolean {
  const cause = error instanceof ClusterUnreachableError ? error.cause : undefined;
  return cause instanceof NoAnswerError && cause.code === 'TOO_LARGE';
}
