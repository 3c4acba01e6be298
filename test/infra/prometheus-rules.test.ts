import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { WEBHOOK_TIMEOUT_SECONDS } from '../../functions/limits.ts';
import { webhookConfiguration } from '../../functions/registration/objects/webhook-configuration.ts';
import { at } from '../support/values.ts';

const RULES = join(import.meta.dirname, '..', '..', 'infra', 'deploy', 'prometheus-rules.yaml');

test('the rules for the cluster’s Prometheus name our webhook, and half of what API servers wait', () => {
  const rules = at(parse(readFileSync(RULES, 'utf8')), 'groups', 0, 'rules');
  const expressions = (Array.isArray(rules) ? rules : []).map((rule) => String(at(rule, 'expr')));
  expect(expressions).toHaveLength(3);
  const name = at(webhookConfiguration({ url: 'https://x' }), 'webhooks', 0, 'name');
  for (const expression of expressions) {
    expect(expression).toContain(`{name="${name}"`);
    expect(expression).toMatch(
      /apiserver_admission_webhook_(fail_open_count|rejection_count|admission_duration_seconds)/,
    );
  }
  expect(expressions.at(-1)).toContain(`> ${WEBHOOK_TIMEOUT_SECONDS / 2}`);
});
