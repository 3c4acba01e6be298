import type { HttpResult } from '../../functions/http/result.ts';
import { createPollServer, type PollServer } from '../../infra/container/poll-server.ts';
import { type Certificate, makeCertificate } from '../../infra/local/server/certificate.ts';
import type { PollCall } from './poll-client.ts';

/** A container's server on loopback. */
export interface TestContainer {
  readonly server: PollServer;
  readonly certificate: Certificate;
  /** Where it is, for `sendPoll`. */
  readonly place: Pick<PollCall, 'port' | 'ca'>;
  /** The errors that it told of. */
  readonly failures: string[];
}

/** Starts one. */
export async function startContainer(
  handler: (event: unknown) => Promise<HttpResult>,
  more: { readonly connectionsMax?: number; readonly requestMs?: number; readonly bodiesBytesMax?: number } = {},
): Promise<TestContainer> {
  const certificate = await makeCertificate(['127.0.0.1']);
  const failures: string[] = [];
  const server = createPollServer({
    handler,
    tls: certificate,
    connectionsMax: 1_000,
    onFailure: (error) => failures.push(error),
    ...more,
  });
  const port = await server.listen(0, '127.0.0.1');
  return { server, certificate, place: { port, ca: certificate.ca }, failures };
}
