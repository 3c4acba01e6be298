import https from 'node:https';
import type { ClusterAccess } from './cluster-access.ts';

/** Connections to an API server, kept open, with whom it and we are believed to be. */
export function agentFor({ ca, tlsServerName, insecureSkipTlsVerify, certificate }: ClusterAccess): https.Agent {
  return new https.Agent({
    keepAlive: true,
    ...(ca === undefined ? {} : { ca }),
    ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    ...(insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
    ...certificate,
  });
}
