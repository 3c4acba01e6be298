/**
 * Whether texts stand in a list one after the other, somewhere. In time of the length of both (Knuth, Morris and Pratt
 * 1977): a Pod may bring thousands of arguments that are made to fit almost everywhere.
 */
export function holdsRun(list: readonly unknown[], run: readonly string[]): boolean {
  const borders = bordersOf(run);
  let matched = 0;
  for (const item of list) {
    if (matched === run.length) return true;
    matched = extended(run, borders, matched, item);
  }
  return matched === run.length;
}

/** For each length of a beginning of the run, from 1: the longest shorter beginning that it ends with. */
function bordersOf(run: readonly string[]): readonly number[] {
  const borders: number[] = [];
  let matched = 0;
  for (const [i, item] of run.entries()) {
    if (i > 0) matched = extended(run, borders, matched, item);
    borders.push(matched);
  }
  return borders;
}

/** How much of the run is matched with one item more. */
function extended(run: readonly string[], borders: readonly number[], matched: number, item: unknown): number {
  let length = matched;
  while (length > 0 && run[length] !== item) length = borders[length - 1] ?? 0;
  return run[length] === item ? length + 1 : length;
}
