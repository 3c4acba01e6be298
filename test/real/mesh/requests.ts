// Requests and connections as applications make them.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { count, isStopped, options, TIMEOUT_MS } from './options.ts';

const TOKEN_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Requests by several clients at once; what failed, and which version answered. */
export async function load(): Promise<object> {
  const { url, requests, keep, fresh } = options;
  const result = { n: 0, failed: 0, errors: {}, versions: {} };
  const fail = (what: string): void => {
    result.failed += 1;
    count(result.errors, what);
  };
  const one = async (agent: http.Agent): Promise<void> =>
    await new Promise((resolve) => {
      let isAnswered = false;
      const request = http.get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
        isAnswered = true;
        response.resume();
        response.once('close', () => {
          if (response.statusCode === 200 && response.complete)
            count(result.versions, String(response.headers['x-version']));
          else fail(response.complete ? `status ${response.statusCode}` : 'aborted');
          resolve();
        });
      });
      request.on('timeout', () => request.destroy(new Error('timeout')));
      request.on('error', (error) => {
        if (!isAnswered) {
          fail('code' in error ? String(error.code) : error.message);
          resolve();
        }
      });
    });
  const worker = async (keepAlive: boolean): Promise<void> => {
    const agent = new http.Agent({ keepAlive, maxSockets: 1 });
    while (result.n < requests && !isStopped()) {
      result.n += 1;
      await one(agent);
      await sleep(2);
    }
  };
  const workers = [...Array.from({ length: keep }, () => true), ...Array.from({ length: fresh }, () => false)];
  await Promise.all(workers.map(worker));
  return result;
}

/** What a server says to these bytes, and after how long it said something. It is heard to its end, or to `until`. */
export async function raw(): Promise<object> {
  const { host, port, text, until, ms } = options;
  return await new Promise((resolve) => {
    const begin = Date.now();
    let [answer, firstMs]: [string, number | undefined] = ['', undefined];
    const socket = net.connect(port, host, () => socket.write(text));
    socket.on('data', (data) => {
      firstMs ??= Date.now() - begin;
      answer += data.toString('latin1');
      if (until !== undefined && answer.includes(until)) end();
    });
    const end = (error?: Error): void =>
      resolve({ answer, firstMs, error: error && 'code' in error ? error.code : undefined });
    socket.on('error', end);
    socket.on('close', () => end());
    setTimeout(end, ms);
  });
}

/** Many TCP connections held open at once, each of which is answered. */
export async function connections(): Promise<object> {
  const { host, port, count: wanted } = options;
  const sockets: net.Socket[] = [];
  const answered = await Promise.all(
    Array.from({ length: wanted }, async (_, i) => {
      await sleep(i);
      return await new Promise<boolean>((resolve) => {
        const socket = net.connect(port, host, () => socket.write('x'));
        sockets.push(socket);
        socket.setTimeout(TIMEOUT_MS, () => resolve(false));
        socket.once('data', () => resolve(true));
        socket.on('error', () => resolve(false));
        socket.on('close', () => resolve(false));
      });
    }),
  );
  return { ok: answered.filter((a) => a).length, open: sockets.filter((s) => !s.destroyed).length };
}

/** The Pod's own call to its API server, with the token that it was given. */
export async function api(): Promise<object> {
  const ca = readFileSync(`${TOKEN_DIR}/ca.crt`);
  const headers = { authorization: `Bearer ${readFileSync(`${TOKEN_DIR}/token`, 'utf8')}` };
  return await new Promise((resolve) => {
    https
      .get('https://kubernetes.default/api', { ca, headers }, (response) =>
        resolve({ status: response.resume().statusCode }),
      )
      .on('error', (error) => resolve({ error: error.message }));
  });
}
