/** How a header or a cookie has to be for a request to go to the canary. Exactly one of the three. */
export type StringMatch =
  | { readonly exact: string }
  | { readonly prefix: string }
  /** The request has it, with any value. */
  | { readonly present: true };

/** Requests that meet everything in one entry go to the canary, at weight 0 too. */
export interface CanaryMatch {
  readonly headers?: Readonly<Record<string, StringMatch>>;
  readonly cookies?: Readonly<Record<string, StringMatch>>;
}
