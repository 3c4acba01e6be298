/**
 * EKS cannot say how to reach a cluster, or no token can be made for it. `code`: `Gone` when there is no such cluster,
 * or not for long, so that nothing is left to clean up in it; `NotReady`; `Refused` by IAM; `Unreachable`;
 * `TokenTooLong`. The message names what to do.
 */
export class EksError extends Error {
  override readonly name = 'EksError' as const;
  readonly code: 'Gone' | 'NotReady' | 'Refused' | 'Unreachable' | 'TokenTooLong';

  constructor(code: EksError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
