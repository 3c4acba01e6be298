import { expect, test } from 'vitest';
import { readStage } from '../../functions/drift/registered-namespaces.ts';
import type { RegistrationSpec } from '../../functions/registration/registrar.ts';
import { keptRegistration } from '../../functions/registration/registration-record.ts';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';

const REGISTRATION: RegistrationSpec = {
  fleet: 'default',
  cluster: 'prod',
  endpoint: { url: 'https://x' },
  failurePolicy: 'Ignore',
  reinvocationPolicy: 'Never',
  timeoutSeconds: 3,
  companionPolicy: 'Warn',
};

test.each<[sentence: string, record: unknown, stage: readonly string[] | undefined]>([
  ['no record', undefined, undefined],
  ['not registered', {}, undefined],
  ['everywhere', { registration: keptRegistration(REGISTRATION) }, undefined],
  ['one namespace', { registration: keptRegistration({ ...REGISTRATION, namespaces: ['shop'] }) }, ['shop']],
  ['a record that is none', [], undefined],
])('%s', async (_sentence, record, stage) => {
  const store = createMemoryStore();
  if (record !== undefined) store.putClusterRecord('prod', record);
  expect(await readStage(store, 'prod', AbortSignal.timeout(1_000))).toEqual(stage);
});
