import { createPrivateKey, X509Certificate } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { type Certificate, makeCertificate } from '../../infra/local/server/certificate.ts';

let made: Certificate;
let ca: X509Certificate;
let cert: X509Certificate;

beforeAll(async () => {
  made = await makeCertificate(['localhost', 'my-machine', '127.0.0.1', '::1']);
  ca = new X509Certificate(made.ca);
  cert = new X509Certificate(made.cert);
});

test('the certificate names every host and address, and no other', () => {
  expect(cert.subjectAltName).toBe('DNS:localhost, DNS:my-machine, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  expect([cert.checkHost('my-machine'), cert.checkIP('127.0.0.1')]).toEqual(['my-machine', '127.0.0.1']);
  expect([cert.checkHost('example.com'), cert.checkIP('127.0.0.2')]).toEqual([undefined, undefined]);
});

test('the authority is one, the certificate is none, and the one has signed the other', () => {
  expect([ca.ca, cert.ca]).toEqual([true, false]);
  expect([ca.verify(ca.publicKey), cert.verify(ca.publicKey), cert.checkIssued(ca)]).toEqual([true, true, true]);
});

test('the key is the one of the certificate', () => {
  expect(cert.checkPrivateKey(createPrivateKey(made.key))).toBe(true);
  expect(made.key).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\s\S]*-----END PRIVATE KEY-----\n$/);
});

test('it is valid from now for about a year', () => {
  const [from, to] = [Date.parse(cert.validFrom), Date.parse(cert.validTo)];
  expect(from).toBeLessThanOrEqual(Date.now());
  expect(Math.round((to - Date.now()) / 86_400_000)).toBe(365);
});

test('it is for servers only', () => {
  expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
});

test('no two are alike: an authority trusts one certificate', async () => {
  const other = await makeCertificate(['localhost']);
  expect(new X509Certificate(other.cert).verify(ca.publicKey)).toBe(false);
  expect(new X509Certificate(other.cert).serialNumber).not.toBe(cert.serialNumber);
});
