/** Namespace label `enabled`: the webhook is called for the Pods of the namespace (see the webhook registration). */
export const INJECTION_LABEL = 'outrigger.dev/injection';

/** Label or annotation of a Pod: `"false"` keeps Outrigger away, `"true"` asks for the default templates. */
export const INJECT = 'outrigger.dev/inject';

/** Annotation of a Pod: `a,b` asks for exactly these templates. */
export const TEMPLATES = 'outrigger.dev/templates';

/** Annotations of a Pod: `parameters.outrigger.dev/<name>` sets a parameter of the templates that it gets. */
export const PARAMETER_PREFIX = 'parameters.outrigger.dev/';

/** Annotation that Outrigger writes: what was applied, as JSON. It informs people and is never trusted. */
export const STATUS = 'outrigger.dev/status';

/** Annotation by which the kubelet marks the API object of a static Pod; changing it makes the API lie. */
export const MIRROR = 'kubernetes.io/config.mirror';
