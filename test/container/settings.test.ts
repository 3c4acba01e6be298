import { describe, expect, test } from 'vitest';
import { readContainerSettings } from '../../infra/container/settings.ts';

const GOOD = {
  OUTRIGGER_TABLE: 'canaries',
  OUTRIGGER_TLS_CERT: '/tls/tls.crt',
  OUTRIGGER_TLS_KEY: '/tls/tls.key',
  AWS_REGION: 'eu-central-1',
};

describe('the environment of the container', () => {
  test('what is not said', () => {
    expect(readContainerSettings(GOOD)).toEqual({
      certFile: '/tls/tls.crt',
      keyFile: '/tls/tls.key',
      port: 8_443,
      address: '0.0.0.0',
      noticeMs: 10_000,
      connectionsMax: 10_000,
    });
  });

  test('what is said', () => {
    const said = {
      ...GOOD,
      OUTRIGGER_PORT: '443',
      OUTRIGGER_ADDRESS: '::',
      OUTRIGGER_NOTICE_SECONDS: '0',
      OUTRIGGER_CONNECTIONS_MAX: '20000',
    };
    expect(readContainerSettings(said)).toMatchObject({
      port: 443,
      address: '::',
      noticeMs: 0,
      connectionsMax: 20_000,
    });
  });

  test.each<[string, Record<string, string | undefined>, string]>([
    ['no table', { OUTRIGGER_TABLE: undefined }, 'OUTRIGGER_TABLE must be the name of the DynamoDB table'],
    ['an odd fleet', { OUTRIGGER_FLEET: 'a b' }, 'OUTRIGGER_FLEET must be letters'],
    ['no region', { AWS_REGION: '' }, 'AWS_REGION must be the region'],
    ['no certificate', { OUTRIGGER_TLS_CERT: '' }, 'OUTRIGGER_TLS_CERT must be the file with the certificate'],
    ['no key', { OUTRIGGER_TLS_KEY: undefined }, 'OUTRIGGER_TLS_KEY must be the file with the key'],
    ['a port that is none', { OUTRIGGER_PORT: '65536' }, 'OUTRIGGER_PORT must be a whole number from 0 to 65535'],
    ['half a second', { OUTRIGGER_NOTICE_SECONDS: '0.5' }, 'OUTRIGGER_NOTICE_SECONDS must be a whole number'],
    ['connections below none', { OUTRIGGER_CONNECTIONS_MAX: '-1' }, 'OUTRIGGER_CONNECTIONS_MAX must be a whole number'],
    ['a name for an address', { OUTRIGGER_ADDRESS: 'localhost' }, 'OUTRIGGER_ADDRESS must be an IP address'],
  ])('%s is a fault', (_title, more, why) => {
    expect(() => readContainerSettings({ ...GOOD, ...more })).toThrow(why);
  });

  test('all faults are told at once, and no value', () => {
    const odd = { OUTRIGGER_PORT: 'secret' };
    expect(() => readContainerSettings(odd)).toThrow(
      /^OUTRIGGER_TABLE .*; AWS_REGION .*; OUTRIGGER_TLS_CERT .*; OUTRIGGER_TLS_KEY .*; OUTRIGGER_PORT [^;]*$/,
    );
    expect(() => readContainerSettings(odd)).not.toThrow(/secret/);
  });
});
