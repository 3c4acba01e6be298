import type { NotificationTarget } from '../../cluster-record/notifications.ts';
import { cloudEventOf } from './cloud-event.ts';
import { checkStatus, SendError, type SendNotice, secretOf } from './destination.ts';

/** What a header can carry. */
const HEADER = /^[\x20-\x7e]{1,4096}$/;

/** Posts a notice as a CloudEvent. The URL's own host need not be listed in `egress`: its author could list it. */
export const sendWebhook: SendNotice<Extract<NotificationTarget, { kind: 'webhook' }>> = async (
  { url: text, secretRef },
  notice,
  tools,
  signal,
) => {
  const url = new URL(text);
  const authorization = secretRef === undefined ? undefined : await secretOf(notice.cluster, secretRef, tools, signal);
  if (authorization !== undefined && !HEADER.test(authorization)) throw new SendError('SecretUnusable');
  const headers = {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'user-agent': 'outrigger',
    ...(authorization === undefined ? {} : { authorization }),
  };
  const ask = { method: 'POST', headers, body: JSON.stringify(cloudEventOf(notice)), signal };
  const own = url.protocol === 'https:' ? [url.host] : [];
  const { status } = await tools.send(url, ask, { ...tools.egress, hosts: [...tools.egress.hosts, ...own] });
  checkStatus(status);
};
