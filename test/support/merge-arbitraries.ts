import fc from 'fast-check';

type Json = Record<string, unknown>;

/** A part of a PodSpec and a patch to it. */
export interface AnyMergePair {
  readonly live: Json;
  readonly patch: Json;
}

const KEYS = ['a', 'b', 'c', 'd'];
const text = fc.constantFrom('x', 'y', 'z');
const texts = fc.uniqueArray(text, { maxLength: 3 });

/** A list that is merged by a key: the Pod's part and the patch's, with directives of every kind. */
function keyedList(field: string, key: string, more: fc.Arbitrary<Json>): fc.Arbitrary<AnyMergePair> {
  const keys = fc.shuffledSubarray(KEYS);
  const live = keys.chain((names) => fc.tuple(...names.map((name) => more.map((rest) => ({ [key]: name, ...rest })))));
  const element = (name: string): fc.Arbitrary<Json> =>
    fc.oneof(
      { weight: 4, arbitrary: more.map((rest) => ({ [key]: name, ...rest })) },
      { weight: 2, arbitrary: fc.constant({ [key]: name, $patch: 'delete' }) },
      more.map((rest) => ({ [key]: name, ...rest, $retainKeys: [key, ...Object.keys(rest)] })),
      more.map((rest) => ({ [key]: name, ...Object.fromEntries(Object.keys(rest).map((k) => [k, null])) })),
    );
  const patch = fc.tuple(keys, fc.shuffledSubarray(KEYS, { minLength: 4 }), fc.nat(9)).chain(([names, order, dice]) => {
    const sorted = [...names].sort((a, b) => order.indexOf(a) - order.indexOf(b));
    // An order must name all that is set, in the same order; a list that is replaced holds no other directive.
    if (dice === 0) return live.map((list) => ({ [field]: [{ $patch: 'replace' }, ...list] }));
    const asked = dice < 4 ? { [`$setElementOrder/${field}`]: order.map((name) => ({ [key]: name })) } : {};
    return fc.tuple(...sorted.map(element)).map((list) => ({ ...asked, [field]: list }));
  });
  return together(field, live, patch);
}

/** A map of plain values: set, deleted, bounded or replaced. */
function plainMap(field: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<AnyMergePair> {
  const live = fc.dictionary(fc.constantFrom(...KEYS), values, { minKeys: 1 });
  const set = fc.dictionary(fc.constantFrom(...KEYS), fc.oneof({ weight: 3, arbitrary: values }, fc.constant(null)));
  const patch = fc.oneof(
    { weight: 4, arbitrary: set },
    live.map((map) => ({ ...map, $patch: 'replace' })),
    fc.constant({ $patch: 'delete' }),
    fc.tuple(live, fc.subarray(KEYS)).map(([map, keys]) => ({ ...map, $retainKeys: [...Object.keys(map), ...keys] })),
  );
  return together(
    field,
    live,
    patch.map((map) => ({ [field]: map })),
  );
}

function together(field: string, live: fc.Arbitrary<unknown>, patch: fc.Arbitrary<Json>): fc.Arbitrary<AnyMergePair> {
  const some = fc.record({ live: fc.option(live, { nil: undefined }), patch: fc.option(patch, { nil: {} }) });
  return some.map((pair) => ({ live: pair.live === undefined ? {} : { [field]: pair.live }, patch: pair.patch }));
}

const lists: fc.Arbitrary<AnyMergePair> = fc.record({
  live: fc.record({ dnsConfig: fc.record({ searches: texts, nameservers: texts }) }),
  patch: fc.oneof(
    fc.record({ dnsConfig: fc.record({ searches: texts }) }),
    fc.record({ dnsConfig: fc.record({ '$deleteFromPrimitiveList/searches': texts, nameservers: texts }) }),
    fc.record({ dnsConfig: fc.constant(null), priorityClassName: fc.option(text) }),
  ),
});

/**
 * Pairs that Kubernetes and we should agree about: without what the fixtures name as deliberate differences (twins,
 * unions that switch, tolerations, a map that is replaced where the Pod has none).
 */
export const anyMergePair: fc.Arbitrary<AnyMergePair> = fc
  .tuple(
    keyedList('imagePullSecrets', 'name', fc.constant({})),
    keyedList('hostAliases', 'ip', fc.record({ hostnames: texts }, { requiredKeys: [] })),
    keyedList('schedulingGates', 'name', fc.constant({})),
    keyedList('topologySpreadConstraints', 'topologyKey', fc.record({ maxSkew: fc.nat(3), minDomains: fc.nat(3) })),
    plainMap('nodeSelector', text),
    lists,
  )
  .map((parts) => {
    const live: Json = Object.assign({}, ...parts.map((part) => part.live));
    const patch: Json = Object.assign({}, ...parts.map((part) => part.patch));
    const isReplaced = JSON.stringify(patch['nodeSelector'] ?? '').includes('"replace"');
    if (isReplaced && live['nodeSelector'] === undefined) delete patch['nodeSelector'];
    return { live, patch };
  });
