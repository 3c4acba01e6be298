import type { NotificationTarget } from '../../cluster-record/notifications.ts';
import { urlFault } from '../../json/url-fault.ts';
import { sentenceOf } from '../notice.ts';
import { checkStatus, SendError, type SendNotice, secretOf } from './destination.ts';

/** Slack's own; any other host that takes the same stands in `egress.hosts`. */
const HOSTS = ['hooks.slack.com', 'hooks.slack-gov.com'];

/** Posts a notice's sentence to an incoming webhook. Its URL is a secret as a whole. */
export const sendSlack: SendNotice<Extract<NotificationTarget, { kind: 'slack' }>> = async (
  { secretRef },
  notice,
  tools,
  signal,
) => {
  const text = await secretOf(notice.cluster, secretRef, tools, signal);
  if (urlFault(text) !== undefined) throw new SendError('SecretUnusable');
  const ask = {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'outrigger' },
    body: JSON.stringify({ text: escaped(sentenceOf(notice)) }),
    signal,
  };
  const { status } = await tools.send(new URL(text), ask, {
    ...tools.egress,
    hosts: [...tools.egress.hosts, ...HOSTS],
  });
  checkStatus(status);
};

/** Slack's three control characters (api.slack.com, "Formatting text for app surfaces"): without them a reason mentions no channel. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
