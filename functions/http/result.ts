import { printable } from '../json/faults.ts';

/** What a Lambda behind an HTTP API (payload 2.0) or a Function URL answers. */
export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A JSON answer; `body` is JSON text already. */
export function jsonResult(statusCode: number, body: string): HttpResult {
  return { statusCode, headers: { 'content-type': 'application/json' }, body };
}

/**
 * A sentence for people. kube-apiserver shows text/plain bodies of 403 and 500 to its users, and replaces others by a
 * fixed phrase (seen on 1.36.3), so it never contains anything secret.
 */
export function textResult(
  statusCode: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResult {
  return {
    statusCode,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: `${printable(message)}\n`,
  };
}
