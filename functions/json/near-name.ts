/** Shorter names are too easily near to each other: `ip` and `uid`. */
const CHARACTERS_MIN = 4;

/** The known name that a misspelt one most likely means: the same but for case, or one letter more, less or other. */
export function nearName(name: string, known: Iterable<string>): string | undefined {
  const typed = name.toLowerCase();
  for (const candidate of typed.length < CHARACTERS_MIN ? [] : known) {
    if (candidate !== name && candidate.length >= CHARACTERS_MIN && isNear(typed, candidate.toLowerCase()))
      return candidate;
  }
  return undefined;
}

/** Whether two texts are the same but for one letter, or for two neighbours that changed places. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)) return true;
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
}
