import { expect, test } from 'vitest';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { createSharedTexts, createSharedValues } from '../../functions/identity/shared-values.ts';

test('equal values are one, as long as there is room', () => {
  const shared = createSharedValues<{ readonly n: number }>(({ n }) => String(n), 2);
  const one = shared({ n: 1 });
  expect(shared({ n: 1 })).toBe(one);
  shared({ n: 2 });
  shared({ n: 1 });
  // The one that was used longest ago goes.
  shared({ n: 3 });
  expect(shared({ n: 1 })).toBe(one);
});

test('an identity is the same with shared texts, with a Pod and without one', () => {
  const sharing = createSharedTexts();
  const claims = { cluster: 'local', namespace: 'shop', serviceAccount: 'web' };
  for (const identity of [proxyIdentity(claims), proxyIdentity({ ...claims, pod: { name: 'a', uid: 'b' } })]) {
    expect(sharing(identity)).toEqual(identity);
  }
});
