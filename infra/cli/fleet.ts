import type { SSMClient } from '@aws-sdk/client-ssm';
import { type Command, Option } from 'commander';
import type { KeyStore } from '../../functions/registration/keys/key-store.ts';
import type { RecordStore } from '../../functions/registration/record/record-store.ts';
import type { TemplatePublisher } from '../../functions/template-store/publisher.ts';
import type { TemplateStore } from '../../functions/template-store/store.ts';
import { UsageError } from './errors.ts';

/** The options of every verb that speaks to Parameter Store; named as in the AWS CLI. */
export interface FleetOptions {
  readonly fleet: string;
  readonly region?: string;
  readonly endpointUrl?: string;
}

/** A fleet's templates in Parameter Store: to read as functions do, and to write. */
export interface Fleet {
  readonly store: TemplateStore;
  readonly publisher: TemplatePublisher;
}

/** A fleet's cluster records and signing keys, with the templates that its clusters get. */
export interface FleetRegistry {
  readonly records: RecordStore;
  readonly keys: KeyStore;
  readonly templates: TemplateStore;
}

const FLEET = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/;

/** Adds `--fleet`, `--region` and `--endpoint-url` to a command. */
export function withFleetOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--fleet <fleet>', 'whose templates: the first segment of parameter names')
        .env('OUTRIGGER_FLEET')
        .default('default'),
    )
    .option('--region <region>', 'AWS region (default: as the AWS CLI finds it)')
    .option('--endpoint-url <url>', 'another address of Systems Manager, e.g. an emulator');
}

/** Connects to a fleet, with credentials and region by the SDK's default chain. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  // Loaded only here: commands that need no AWS start faster without it.
  const [client, { createSsmPublisher }, { createSsmStore }] = await Promise.all([
    openClient(options),
    import('../../functions/template-store/ssm/ssm-publisher.ts'),
    import('../../functions/template-store/ssm/ssm-store.ts'),
  ]);
  const { fleet } = options;
  return { store: createSsmStore(client, fleet), publisher: createSsmPublisher(client, fleet, Date.now) };
}

/** Connects to the cluster records and signing keys of a fleet; keys are read, never written. */
export async function openRegistry(options: FleetOptions): Promise<FleetRegistry> {
  const [client, { createSsmRecordStore }, { createSsmKeyStore }, { createSsmStore }] = await Promise.all([
    openClient(options),
    import('../../functions/registration/record/ssm-record-store.ts'),
    import('../../functions/registration/keys/ssm-key-store.ts'),
    import('../../functions/template-store/ssm/ssm-store.ts'),
  ]);
  const { fleet } = options;
  return {
    records: createSsmRecordStore(client, fleet),
    keys: createSsmKeyStore(client, fleet),
    templates: createSsmStore(client, fleet),
  };
}

async function openClient({ fleet, region, endpointUrl }: FleetOptions): Promise<SSMClient> {
  if (!FLEET.test(fleet)) throw new UsageError('--fleet must be letters, digits, - and _, at most 63 characters');
  const { SSMClient } = await import('@aws-sdk/client-ssm');
  return new SSMClient({
    ...(region === undefined ? {} : { region }),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
  });
}
