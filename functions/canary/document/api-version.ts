/** The API group and version of the release API. */
export const CANARY_API_VERSION = 'outrigger.dev/v1alpha1';
