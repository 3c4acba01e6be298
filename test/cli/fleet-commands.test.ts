import { afterAll } from 'vitest';
import { fleetCommandsContract } from '../contract/fleet-commands.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';

let fake: SsmFake | undefined;
afterAll(() => fake?.close());

fleetCommandsContract('the fake', async () => {
  fake = await startSsmFake();
  return fake.url;
});
