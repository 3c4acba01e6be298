import { expect, test } from 'vitest';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { createLearningProxies, LEARNERS_MAX } from '../../functions/traffic/proxies/learning-proxies.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const identityOf = (pod: string) =>
  proxyIdentity({ cluster: 'local', namespace: 'shop', serviceAccount: 'default', pod: { name: pod, uid: pod } });
const poll = (pod: string, holds = false) => ({ identity: identityOf(pod), staging: ['a', 'b'], holds, at: NOW });

test('what a proxy holds is told by a bit for each target, with how long ago it polled', () => {
  const learning = createLearningProxies();
  learning.note(poll('one', true));
  learning.note({ ...poll('one'), at: NOW + 2_000 });
  learning.note({ ...poll('two', true), staging: ['b'] });
  expect(learning.report(['b', 'c', 'a'], NOW + 5_000)).toEqual({
    targets: ['b', 'c', 'a'],
    namespaces: ['shop'],
    proxies: { [identityOf('one').key]: [0, 3, 0b101], [identityOf('two').key]: [0, 5, 0b001] },
    isWhole: true,
  });
});

test('an environment that hears more than it keeps tells that, until nothing is learned any more', () => {
  const learning = createLearningProxies();
  for (let i = 0; i < LEARNERS_MAX; i++) learning.note(poll(`web-${i}`));
  learning.note(poll('web-0', true));
  const whole = learning.report(['a'], NOW);
  expect([whole.isWhole, Object.keys(whole.proxies).length]).toEqual([true, LEARNERS_MAX]);
  expect(Buffer.byteLength(JSON.stringify(whole))).toBeLessThan(200_000);
  learning.note(poll('one-more'));
  expect(learning.report(['a'], NOW)).toMatchObject({ isWhole: false, proxies: {} });
  learning.forget();
  expect(learning.report(['a'], NOW)).toMatchObject({ isWhole: true, proxies: {} });
});

test('of more targets than a number has bits for the first are told', () => {
  const learning = createLearningProxies();
  expect(learning.report(Array.from({ length: 31 }, String), NOW).targets).toHaveLength(30);
});
