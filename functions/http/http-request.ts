/** What an entry point needs of an event of API Gateway or a Function URL; the body is decoded only on demand. */
export interface HttpRequest {
  readonly method: string;
  /** Decoded path without the stage, e.g. `/v1/mutate/local/eyJ…`. A secret may stand in it: never log it. */
  readonly path: string;
  /** The first value of a query parameter, undefined when absent. */
  query(name: string): string | undefined;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
  /** The body as text. Throws RequestError 400 (not base64, not UTF-8) or 413 (more than `BODY_BYTES_MAX`). */
  readBody(): string;
}
