/** How AWS services say "too many requests" (smithy, service-error-classification). */
const THROTTLES = [
  'ThrottlingException',
  'ThrottledException',
  'Throttling',
  'RequestLimitExceeded',
  'RequestThrottledException',
  'SlowDown',
  'TooManyRequestsException',
];

/** Whether an error of a store, or what caused it, means that a little later it would have answered. */
export function isThrottle(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return THROTTLES.includes(error.name) || isThrottle(error.cause);
}
