import { metricFields } from '../../functions/events/metrics.ts';
import {
  certificateRefused,
  certificateReplaced,
  connectionsDropped,
  containerLeaving,
  containerReady,
  requestFailed,
} from '../../functions/events.ts';
import type { HttpResult } from '../../functions/http/result.ts';
import { createLog, type Log } from '../../functions/log.ts';
import { createPollServer, type PollServer } from './poll-server.ts';
import type { ContainerSettings } from './settings.ts';
import { readTlsPair, watchTlsPair } from './tls-files.ts';

/** Certificates are renewed days before they end; this is how long a new one lies unused. Milliseconds. */
const TLS_LOOK_MS = 10_000;
/** Dropped connections are logged as one line in so many milliseconds. */
const DROPS_EVERY_MS = 60_000;

/**
 * Serves polls until SIGTERM or SIGINT, then goes without losing one and ends the process. Rejects where it cannot
 * begin: no certificate, no port.
 */
export async function serveUntilSignal(
  handler: (event: unknown) => Promise<HttpResult>,
  settings: ContainerSettings,
): Promise<void> {
  const { stdout } = process;
  const log = createLog((line) => stdout.write(`${line}\n`), Date.now, metricFields);
  const tls = await readTlsPair(settings);
  const server = createPollServer({
    handler,
    tls,
    connectionsMax: settings.connectionsMax,
    onFailure: (error) => log(requestFailed, { error }),
  });
  const port = await server.listen(settings.port, settings.address);
  watchTlsPair(
    settings,
    tls,
    TLS_LOOK_MS,
    (pair) => {
      server.replaceTls(pair);
      log(certificateReplaced, {});
    },
    (why) => log(certificateRefused, { why }),
  );
  setInterval(() => logDrops(server, log), DROPS_EVERY_MS).unref();
  const leave = (): void => {
    log(containerLeaving, { notice: settings.noticeMs });
    void server.leave(settings.noticeMs).then(() => process.exit(0));
  };
  process.once('SIGTERM', leave);
  process.once('SIGINT', leave);
  log(containerReady, { port });
}

function logDrops(server: PollServer, log: Log): void {
  const connections = server.takeDropped();
  if (connections > 0) log(connectionsDropped, { connections });
}
