/** Random numbers of a seed: the same table comes out each time. */
export interface Random {
  /** From 0 to 1, without 1. */
  uniform(): number;
  normal(): number;
  poisson(mean: number): number;
  /** How many of so many. */
  binomial(count: number, share: number): number;
}

/** Above it a count is drawn from the normal law: no figure of the table tells it apart. */
const EXACT_MAX = 40;

/** Mulberry32, by Tommy Ettinger; public domain. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const poisson = (mean: number): number => {
    if (mean > EXACT_MAX) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
    let [count, product] = [0, uniform()];
    for (const end = Math.exp(-mean); product > end; product *= uniform()) count++;
    return count;
  };
  const binomial = (count: number, share: number): number => {
    if (share > 0.5) return count - binomial(count, 1 - share);
    const mean = count * share;
    if (mean * (1 - share) > EXACT_MAX) {
      return clamp(Math.round(mean + Math.sqrt(mean * (1 - share)) * normal()), count);
    }
    if (share === 0 || count === 0) return 0;
    // By the gaps between those that are, which are geometric.
    let [hits, at] = [0, 0];
    for (;;) {
      at += 1 + Math.floor(Math.log(1 - uniform()) / Math.log1p(-share));
      if (at > count) return hits;
      hits++;
    }
  };
  return { uniform, normal, poisson, binomial };
}

function clamp(value: number, max: number): number {
  return Math.min(max, Math.max(0, value));
}
