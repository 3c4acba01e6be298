import { readLocalEndpoint, writeLocalEndpoint } from '../../local/server/endpoint-file.ts';
import { LOCAL_CLUSTER, localWebhookUrl } from '../../local/server/mutate.ts';
import { loadPathKeys } from '../../local/server/state.ts';
import { type TargetOptions, targetOf } from './target.ts';

/** A running endpoint's `local.json` says the webhook URL of the local cluster: it follows what was registered. */
export async function followLocally(options: TargetOptions, epoch: number): Promise<void> {
  const { stateDir } = options;
  if (stateDir === undefined || targetOf(options).cluster !== LOCAL_CLUSTER) return;
  const endpoint = await readLocalEndpoint(stateDir);
  if (endpoint === undefined) return;
  const webhookUrl = await localWebhookUrl(await loadPathKeys(stateDir), endpoint.url, { epoch });
  if (webhookUrl !== endpoint.webhookUrl) await writeLocalEndpoint(stateDir, { ...endpoint, webhookUrl });
}
