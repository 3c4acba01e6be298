import { TemplateStoreError } from '../../errors.ts';

/** One page of a listing; an absent or empty `next` ends it. */
export interface Page<T> {
  readonly items: readonly T[] | undefined;
  readonly next: string | undefined;
}

/**
 * Reads a listing page by page. A page may be empty and still have a successor (AWS API reference), so only the end, a
 * token that comes back, or the bound ends the loop. Throws TemplateStoreError for the latter two: a part of a listing
 * would look like templates that were removed.
 *
 * @param what is listed, for the message
 */
export async function readPages<T>(
  what: string,
  pagesMax: number,
  read: (token: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const items: T[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const { items: more = [], next } = await read(token);
    items.push(...more);
    if (next === undefined || next === '') return items;
    if (seen.has(next)) throw new TemplateStoreError(`Parameter Store answered a NextToken twice for ${what}`);
    seen.add(next);
    token = next;
  }
  throw new TemplateStoreError(`${what} has more than ${pagesMax} pages`);
}
