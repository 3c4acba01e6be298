import { extension, type XdsMessage } from './xds.ts';

/** What a request may have in its body and be sent a second time: Envoy keeps a copy while it sends the first. */
const RETRIED_BODY_BYTES = 65_536;

/**
 * A request that no Pod took, because the connection to it failed, is sent once more: to the next of the Envoy clusters in
 * an aggregate. Pods that are dead while DNS names them cost nothing then. A connection that failed has carried nothing, so
 * any method may go twice. Without a bound on the copy 250 uploads of 1 MB took 381 MB of the sidecar's 256.
 */
export const RETRY_POLICY: XdsMessage = {
  retry_on: 'connect-failure',
  num_retries: 1,
  retry_back_off: { base_interval: '0.001s', max_interval: '0.001s' },
  retry_priority: extension(
    'envoy.retry_priorities.previous_priorities',
    'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
    { update_frequency: 1 },
  ),
};

/** Beside `match` and `route`. The older `per_request_buffer_limit_bytes` warns at every update, from 1.37 to 1.40. */
export const RETRY_LIMIT: XdsMessage = { request_body_buffer_limit: RETRIED_BODY_BYTES };
