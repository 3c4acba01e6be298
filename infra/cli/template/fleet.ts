import { type Command, Option } from 'commander';
import type { TemplatePublisher } from '../../../functions/template/publisher.ts';
import type { TemplateStore } from '../../../functions/template/store.ts';
import { UsageError } from '../errors.ts';

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
export async function openFleet({ fleet, region, endpointUrl }: FleetOptions): Promise<Fleet> {
  if (!FLEET.test(fleet)) throw new UsageError('--fleet must be letters, digits, - and _, at most 63 characters');
  // Loaded only here: commands that need no AWS start faster without it.
  const [{ SSMClient }, { createSsmPublisher }, { createSsmStore }] = await Promise.all([
    import('@aws-sdk/client-ssm'),
    import('../../../functions/template/ssm-publisher.ts'),
    import('../../../functions/template/ssm-store.ts'),
  ]);
  const client = new SSMClient({
    ...(region === undefined ? {} : { region }),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
  });
  return { store: createSsmStore(client, fleet), publisher: createSsmPublisher(client, fleet, Date.now) };
}
