import { describe, expect, test } from 'vitest';
import { findSecrets } from '../../infra/lint/secrets.ts';

const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----';

describe('findSecrets', () => {
  test.each<[name: string, value: string, isSecret: boolean]>([
    ['DB_PASSWORD', 'hunter2', true],
    ['apiToken', 'abc-def', true],
    ['AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI', true],
    ['API_KEY', 'k-123456789', true],
    ['DB_PASSWORD', '', false],
    ['DB_PASSWORD', '$(FROM_ABOVE)', false],
    ['DB_PASSWORD', '$' + '{parameter}', false],
    ['DB_PASSWORD_FILE', '/run/secrets/db', false],
    ['DB_PASSWORD', '/run/secrets/db', false],
    ['TOKEN', 'https://issuer.test/token', false],
    ['MAX_TOKEN', '4096', false],
    ['REFRESH_TOKEN', '30s', false],
    ['USE_TOKEN', 'true', false],
    ['TOKEN_TYPE', 'bearer', false],
    ['LOG_LEVEL', 'info', false],
    ['KEY', PEM, true],
    ['X', 'id AKIAIOSFODNN7EXAMPLE', true],
    ['X', 'AKIA-not-a-key', false],
    ['X', `ghp_${'a'.repeat(36)}`, true],
    ['X', 'xoxb-1234567890-abc', true],
    ['X', `eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.${'a'.repeat(30)}`, true],
    ['DSN', 'postgres://user:hunter2@db/x', true],
    ['DSN', 'postgres://user@db/x', false],
    ['DSN', 'postgres://user:$(PASSWORD)@db/x', false],
    ['CA', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', false],
  ])('%s=%.30s: %s', (name, value, isSecret) => {
    expect(findSecrets([{ name, value }], 'env').length > 0).toBe(isSecret);
  });

  test('are found anywhere, with their place, and never repeated', () => {
    const findings = findSecrets({ args: ['--ok', PEM], data: { deep: { key: PEM } } }, 'spec');
    expect(findings.map((f) => f.path)).toEqual(['spec.args[1]', 'spec.data.deep.key']);
    expect(JSON.stringify(findings)).not.toContain('MIIB');
  });

  test('a variable from a Secret is as it should be', () => {
    const valueFrom = { secretKeyRef: { name: 'db', key: 'password' } };
    expect(findSecrets([{ name: 'DB_PASSWORD', valueFrom }], 'env')).toEqual([]);
  });
});
