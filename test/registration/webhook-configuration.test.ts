import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { WEBHOOK_TIMEOUT_SECONDS } from '../../functions/limits.ts';
import {
  type WebhookOptions,
  webhookConfiguration,
} from '../../functions/registration/objects/webhook-configuration.ts';

const GOLDEN = join(import.meta.dirname, '..', 'golden', 'manifest', 'webhook-configuration.yaml');
const URL = 'https://127.0.0.1:8443/v1/mutate/local/token';

/** The one webhook, as the API server reads it from YAML. */
function webhook(options: Partial<WebhookOptions> = {}): Record<string, unknown> {
  const { webhooks } = parse(stringify(webhookConfiguration({ url: URL, ...options })));
  expect(webhooks).toHaveLength(1);
  return webhooks[0];
}

test('the whole registration is as it was agreed', () => {
  const text = stringify(webhookConfiguration({ url: URL, ca: '-----BEGIN CERTIFICATE-----\n' }), { lineWidth: 0 });
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text);
  expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
});

describe('clientConfig', () => {
  test('has no caBundle for a public certificate', () => {
    expect(webhook()['clientConfig']).toEqual({ url: URL });
  });

  test('has the authority in base64', () => {
    expect(webhook({ ca: 'PEM\n' })['clientConfig']).toEqual({ url: URL, caBundle: 'UEVNCg==' });
  });
});

test.each<[string, unknown, Partial<WebhookOptions>]>([
  ['failurePolicy', 'Ignore', {}],
  ['failurePolicy', 'Fail', { failurePolicy: 'Fail' }],
  ['reinvocationPolicy', 'Never', {}],
  ['reinvocationPolicy', 'IfNeeded', { reinvocationPolicy: 'IfNeeded' }],
  ['timeoutSeconds', WEBHOOK_TIMEOUT_SECONDS, {}],
  ['timeoutSeconds', 10, { timeoutSeconds: 10 }],
])('%s is %j with %j', (field, value, options) => {
  expect(webhook(options)[field]).toBe(value);
});

test('no condition uses namespaceObject, which is empty at run time', () => {
  expect(JSON.stringify(webhookConfiguration({ url: URL }))).not.toContain('namespaceObject');
});
