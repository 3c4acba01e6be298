import { describe, expect, test } from 'vitest';
import { findSecrets } from '../../infra/cli/lint/secrets.ts';

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

  test.each<[what: string, args: readonly unknown[], paths: readonly string[]]>([
    ['in one argument', ['--password=hunter2'], ['spec.args[0]']],
    ['in two', ['run', '--api-key', 'k-123456789'], ['spec.args[1]']],
    ['with one dash', ['-db.token=abc-def'], ['spec.args[0]']],
    ['a file', ['--password-file=/run/x', '--token', '/run/token'], []],
    ['an expression', ['--password=$(PASSWORD)', '--token', '$' + '{token}'], []],
    ['two flags', ['--token', '--password'], []],
    ['the last one', ['--token'], []],
    ['no texts', [1, { $if: 'x', then: '--a' }], []],
  ])('a flag of a secret: %s', (_, args, paths) => {
    const findings = findSecrets({ args }, 'spec');
    expect(findings.map((f) => f.path)).toEqual(paths);
    expect(findings.every((f) => f.level === 'warning')).toBe(true);
  });

  test('an annotation called so is a warning, a default of a parameter an error', () => {
    const metadata = { annotations: { 'example.com/api-token': 'abc-def', 'example.com/use-token': 'true' } };
    const parameters = [{ name: 'db-password', type: 'string', default: 'hunter2' }];
    expect(findSecrets({ metadata, parameters }, 'spec').map((f) => [f.level, f.path])).toEqual([
      ['warning', 'spec.metadata.annotations["example.com/api-token"]'],
      ['error', 'spec.parameters[0].default'],
    ]);
  });

  test('a variable from a Secret is as it should be', () => {
    const valueFrom = { secretKeyRef: { name: 'db', key: 'password' } };
    expect(findSecrets([{ name: 'DB_PASSWORD', valueFrom }], 'env')).toEqual([]);
  });
});
