import { event } from './event.ts';

const DELIVERY = {
  cluster: 'name',
  namespace: 'name',
  name: 'name',
  type: 'code',
  to: 'name',
  kind: 'code',
  tries: 'count',
} as const;

/** A change of a release is sent to one of those who are notified, at which try. */
export const notificationSent = /* @__PURE__ */ event('notification sent', 'info', DELIVERY, {
  count: 'notifications',
  by: [['cluster', 'kind']],
});

/** A try to send a notification fails; it is tried again until its tries are over. */
export const notificationFailed = /* @__PURE__ */ event(
  'notification failed',
  'warn',
  { ...DELIVERY, error: 'code', status: 'count?' },
  { count: 'notificationFailures', by: [['cluster', 'kind']] },
);

/** Notifications will never be sent: their tries are over, or more was waiting than is kept. Of the release nothing is lost. */
export const notificationsLost = /* @__PURE__ */ event(
  'notifications lost',
  'error',
  { cluster: 'name', to: 'name?', namespace: 'name?', notices: 'count', why: 'code' },
  { count: 'lostNotifications', by: [[]], alarm: true },
);

/** What is to be notified of in a Kubernetes cluster cannot be read or written; the next round tries again. */
export const notificationsUnread = /* @__PURE__ */ event('notifications not looked at', 'error', {
  cluster: 'name',
  error: 'code',
});
