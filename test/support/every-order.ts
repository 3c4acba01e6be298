/** Waits until it is this actor's turn to take the step. */
export type Gate = (step: string) => Promise<void>;

/** One step that was taken: by which actor. */
export interface Step {
  readonly actor: number;
  readonly step: string;
}

/** What one order came to. */
export interface Ran<T> {
  readonly steps: readonly Step[];
  /** What each actor returned, in their order. */
  readonly results: readonly T[];
}

/** The most orders of one set of actors; more would be a checker that does not end. */
const ORDERS_MAX = 5_000;

/**
 * Runs actors in every order of their steps: at each point one of those that wait goes on to its next step or its end,
 * while the others stand still. The actors have to be the same in each order but for what they meet.
 *
 * @param begin prepares one order and makes its actors; each calls its gate before everything that others can notice
 * @param check looks at what an order came to; throws where that may not be
 * @returns how many orders there were
 */
export async function everyOrder<T>(
  begin: () => Promise<readonly ((gate: Gate) => Promise<T>)[]>,
  check: (ran: Ran<T>) => Promise<void>,
): Promise<number> {
  let choices: number[] | undefined = [];
  for (let orders = 0; ; orders++) {
    if (choices === undefined) return orders;
    if (orders === ORDERS_MAX) throw new Error(`more than ${ORDERS_MAX} orders`);
    const { ran, taken } = await runOrder(await begin(), choices);
    await check(ran);
    choices = nextChoices(taken);
  }
}

interface Choice {
  readonly chosen: number;
  readonly of: number;
}

/** The next order in the tree of choices; undefined behind the last one. */
function nextChoices(taken: readonly Choice[]): number[] | undefined {
  const last = taken.findLastIndex(({ chosen, of }) => chosen + 1 < of);
  return last === -1 ? undefined : taken.slice(0, last + 1).map(({ chosen }, i) => (i === last ? chosen + 1 : chosen));
}

async function runOrder<T>(
  actors: readonly ((gate: Gate) => Promise<T>)[],
  choices: readonly number[],
): Promise<{ readonly ran: Ran<T>; readonly taken: readonly Choice[] }> {
  const steps: Step[] = [];
  const waiting = new Map<number, { readonly step: string; readonly go: () => void }>();
  let stopped: () => void = () => {};
  const untilStopped = async (go: () => void): Promise<void> => {
    const stop = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    go();
    await stop;
  };
  const results: Promise<T>[] = [];
  for (const [actor, act] of actors.entries()) {
    const gate: Gate = (step) =>
      new Promise((resolve) => {
        waiting.set(actor, { step, go: resolve });
        stopped();
      });
    await untilStopped(() => results.push(act(gate).finally(() => stopped())));
  }
  const taken: Choice[] = [];
  while (waiting.size > 0) {
    const of = [...waiting].sort(([a], [b]) => a - b);
    const chosen = choices[taken.length] ?? 0;
    const [actor, { step, go }] = of[chosen] ?? [-1, { step: '', go: () => stopped() }];
    taken.push({ chosen, of: of.length });
    waiting.delete(actor);
    steps.push({ actor, step });
    await untilStopped(go);
  }
  return { ran: { steps, results: await Promise.all(results) }, taken };
}
