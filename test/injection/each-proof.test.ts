import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { injectPlan } from '../../functions/injection/apply/inject.ts';
import { createEachProof } from '../../functions/injection/prove/each-proof.ts';
import { holdsRun } from '../../functions/kubernetes/merge/holds-run.ts';
import { planOf, templateOf } from '../support/templates.ts';

const COUNT = 200;
const ARGS = Array.from({ length: COUNT }, (_, i) => `--a${i}`);
const ENV = Array.from({ length: COUNT }, (_, i) => ({ name: `V${i}`, value: '1' }));
const PLAN = planOf(
  templateOf('t', { pod: undefined, amend: [{ container: 'app', fragment: { args: ARGS, env: ENV } }] }),
);

test('what a container may get is worked out once for all its operations', () => {
  let reads = 0;
  const container = {
    name: 'app',
    env: [{ name: 'MINE' }],
    get args() {
      reads++;
      return ['serve'];
    },
  };
  const pod = { spec: { containers: [container] } };
  const injection = injectPlan(pod, PLAN);
  const all = 'operations' in injection ? injection.operations : [];
  const operations = all.filter(({ path }) => path.startsWith('/spec/'));
  expect(operations).toHaveLength(2 * COUNT);
  reads = 0;
  const isForEach = createEachProof(pod, PLAN.each, PLAN.containerNames);
  expect(operations.every(isForEach)).toBe(true);
  expect(reads).toBeLessThan(5);
});

describe('a run of texts in a list', () => {
  const few = fc.constantFrom('a', 'b');

  test('is found where it stands, and nowhere else', () => {
    const runs = fc.array(few, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(few, { maxLength: 30 }), runs, (list, run) => {
        const stands = list.some((_, from) => run.every((text, i) => list[from + i] === text));
        expect(holdsRun(list, run)).toBe(stands);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is looked for in time of both lengths, however nearly it fits', () => {
    let reads = 0;
    const run = new Proxy([...Array.from({ length: 500 }, () => 'a'), 'b'], {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
        return Reflect.get(target, key, receiver);
      },
    });
    const list = Array.from({ length: 5_000 }, () => 'a');
    expect(holdsRun(list, run)).toBe(false);
    // Each item is compared three times at most, on the average; one by one it would be 2,250,000.
    expect(reads).toBeLessThan(4 * (500 + 5_000));
  });
});
