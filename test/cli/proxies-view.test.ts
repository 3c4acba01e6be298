import { expect, test } from 'vitest';
import { renderProxies } from '../../infra/cli/canary/proxies-view.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const item = (name: string, more: object = {}): object => ({
  ...{ name, namespace: 'shop', resourceVersion: '7', version: '0123456789abcdef', state: 'converged' },
  ...{ lastPoll: '2026-11-22T11:59:55.000Z', ...more },
});
const PROXIES = { resourceVersion: '7', seen: 4, converged: 2, confirmed: false, sampling: 1 };

test('proxies as a table, and a line about all of them', () => {
  const { resourceVersion: _none, ...unknown } = Object(item('web-3', { state: 'rejected' }));
  const items = [unknown, item('web-2', { state: 'lagging', resourceVersion: '0', lastPoll: '2026-11-22T11:55:00Z' })];
  expect(renderProxies({ ...PROXIES, items: [...items, item('web-1')] }, NOW)).toBe(`\
NAME    NAMESPACE   VERSION     STATE       LAST POLL
web-3   shop        <unknown>   rejected    5s ago
web-2   shop        <none>      lagging     5m ago
web-1   shop        7           converged   5s ago

2 of 4 proxies run version 7 or a later one, not confirmed; 3 are shown, those that do not follow first
`);
});

test('samples are said so; what a control plane tells is printed without its control characters', () => {
  const text = renderProxies({ ...PROXIES, seen: 1, confirmed: true, sampling: 4, items: [item('a\u001b[2J')] }, NOW);
  expect(text).toContain(
    '2 of 1 proxies run version 7 or a later one, confirmed; sampled: of some namespaces one in 4',
  );
  expect(text).not.toContain('\u001b');
});

test('no proxy is no table; an older control plane tells none', () => {
  expect(renderProxies({ ...PROXIES, seen: 0, converged: 0, items: [] }, NOW)).toBe(
    '0 of 0 proxies run version 7 or a later one, not confirmed\n',
  );
  expect(renderProxies(PROXIES, NOW)).toBeUndefined();
});
