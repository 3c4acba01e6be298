/*
 * Every log line that there is, with its level, its fields and its metric. docs/log.md is written from it (the comment
 * above an event is its sentence there), and tests hold alarms and dashboard to it.
 */
export * from './events/admission.ts';
export * from './events/advance.ts';
export * from './events/container.ts';
export * from './events/notifications.ts';
export * from './events/registration.ts';
export * from './events/releases.ts';
export * from './events/requests.ts';
export * from './events/traffic.ts';
