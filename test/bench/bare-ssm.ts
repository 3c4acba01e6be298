// The least that a function which prefetches from Parameter Store can be: the yardstick for our own INIT.
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';

const client = new SSMClient({ maxAttempts: 2 });
/** What was prefetched. */
export const { Parameters: parameters } = await client.send(
  new GetParametersByPathCommand({ Path: '/outrigger/bench/templates' }),
);
