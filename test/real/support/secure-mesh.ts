import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { DISCOVERY_TIMEOUT_MS } from '../../../functions/limits.ts';
import { makeCertificate } from '../../../infra/local/server/certificate.ts';
import { createGateway } from '../../../infra/local/server/gateway.ts';
import { startContainer } from '../../support/poll-container.ts';
import { clientOf, type ProxyClient, portOf } from './loopback-app.ts';
import type { Mesh } from './mesh.ts';
import { startTemplateProxy, type TemplateProxy } from './template-proxy.ts';

/** What a control plane speaks: a gateway like API Gateway's HTTP/1.1 alone, the container both. */
export type Protocol = 'HTTP/1.1' | 'HTTP/2';

/** A mesh behind TLS, for proxies with the bootstrap of the shipped template. */
export interface SecureMesh {
  startProxy(protocol: Protocol, token: string): Promise<SecureProxy>;
  /** The status of a poll for routes with a token, sent by hand. */
  statusOf(token: string): Promise<number>;
  stop(): Promise<void>;
}

/** A proxy of it, and a client behind it. */
export interface SecureProxy extends TemplateProxy, ProxyClient {
  readonly protocol: Protocol;
}

/** Puts a gateway and a container before a mesh. */
export async function startSecureMesh(mesh: Mesh): Promise<SecureMesh> {
  const certificate = await makeCertificate(['127.0.0.1']);
  const route = { method: 'POST', path: '/v3/{proxy}', timeoutMs: DISCOVERY_TIMEOUT_MS, handler: mesh.poll };
  const gateway = createGateway([route], certificate).listen(0, '127.0.0.1');
  const [container] = await Promise.all([startContainer(mesh.poll), once(gateway, 'listening')]);
  const places = {
    'HTTP/1.1': { port: portOf(gateway), ca: certificate.ca },
    'HTTP/2': { port: container.place.port, ca: container.certificate.ca },
  };
  const around = { dns: mesh.ports.dns, main: mesh.main, routesTick: mesh.routesTick };
  return {
    startProxy: async (protocol, token) => {
      const discovery = { ...mesh.discovery, host: '127.0.0.1', ...places[protocol] };
      const proxy = await startTemplateProxy(discovery, token, around);
      return { ...proxy, ...(await clientOf(proxy)), protocol };
    },
    statusOf: async (token) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const { port, ca } = places['HTTP/1.1'];
      const place = { host: '127.0.0.1', port, ca, path: '/v3/discovery:routes', method: 'POST', headers };
      const request = https.request({ ...place, agent: false });
      request.end('{"version_info":"some","resource_names":["outbound"]}');
      const [response]: IncomingMessage[] = await once(request, 'response');
      response?.resume();
      return response?.statusCode ?? 0;
    },
    stop: async () => {
      gateway.close();
      gateway.closeAllConnections();
      await container.server.leave(0);
    },
  };
}
