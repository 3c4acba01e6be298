import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findEnvoy } from '../../infra/local/demo/envoy-binary.ts';
import { CA_PEM, envoyArgs, MESH_CORNERS, meshed, shippedTemplates } from '../support/mesh-pod.ts';
import { ENVOY_VERSIONS, whyNotEnvoy } from './support/envoy.ts';
import { run } from './support/scripts.ts';
import { describeReal } from './support/suite.ts';

const SEED_CONFIG = join(import.meta.dirname, '..', 'fixtures', 'envoy', 'envoy.json');

await describeReal('envoy --mode validate accepts what is injected', whyNotEnvoy, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outrigger-bootstrap-'));
    // Validation opens the files that a bootstrap names; the token that the SDS file names it does not.
    const secret = {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
      name: 'outrigger',
    };
    const resources = [{ ...secret, generic_secret: { secret: { filename: '/token' } } }];
    await writeFile(join(folder, 'sds.json'), JSON.stringify({ resources }));
    await writeFile(join(folder, 'ca-certificates.crt'), CA_PEM);
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  /** The container's own arguments, the files among them those of this machine; throws what Envoy says. */
  async function validate(version: string, args: readonly string[]): Promise<void> {
    const here = args.map((arg) =>
      arg
        .replace('/var/run/secrets/outrigger/', `${folder}/`)
        .replace('/etc/ssl/certs/', `${folder}/`)
        .replace('/etc/envoy/envoy.json', SEED_CONFIG)
        .replace('--mode serve', '--mode validate'),
    );
    const mode = here.some((arg) => arg.startsWith('--mode')) ? [] : ['--mode', 'validate'];
    await run(await findEnvoy(version), [...here, ...mode], { timeoutMs: 30_000 });
  }

  describe.each(ENVOY_VERSIONS)('Envoy %s', (version) => {
    test.each(Object.keys(MESH_CORNERS))('envoy: %s', async (name) => {
      const corner = MESH_CORNERS[name];
      const args = envoyArgs(await meshed(corner ?? { record: {}, parameters: {} }));
      expect(args).toContain('--config-yaml');
      await validate(version, args);
    });

    test('envoy-initializer', async () => {
      const seed = (await shippedTemplates()).find(({ name }) => name === 'envoy-initializer');
      await validate(version, envoyArgs({ spec: { containers: seed?.pod.containers } }));
    });

    test('and refuses one with a field that it does not know', async () => {
      const args = envoyArgs(await meshed({ record: { discovery: { host: 'xds.example.com' } }, parameters: {} }));
      const broken = args.map((arg) => arg.replace('"use_original_dst"', '"use_original_destination"'));
      expect(broken).not.toEqual(args);
      await expect(validate(version, broken)).rejects.toThrow('use_original_destination');
    });
  });

  test('every shipped template that brings an Envoy is among them', async () => {
    const bringsEnvoy = (await shippedTemplates()).filter(({ pod }) => JSON.stringify(pod).includes('/envoy:'));
    expect(bringsEnvoy.map(({ name }) => name).toSorted()).toEqual(['envoy', 'envoy-initializer']);
  });
});
