import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import https from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openHttp2, type PollReply, PROTOCOLS, sendHttp1, sendOn, sendPoll } from '../support/poll-client.ts';
import { startContainer, type TestContainer } from '../support/poll-container.ts';

/** Each poll takes a while, so that some are always being answered. */
const HANDLER_MS = 15;
const NOTICE_MS = 1_500;
const answer = async (): Promise<{ statusCode: number; headers: Record<string, string>; body: string }> => {
  await wait(HANDLER_MS);
  return { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'polled' };
};
const POLL = { path: '/v3/discovery:routes', headers: { authorization: 'Bearer x' }, body: '{"a":1}' };

/** As a load balancer: the first container that is ready, looked at again before each new connection. */
async function pick(containers: readonly TestContainer[]): Promise<TestContainer['place']> {
  for (const { place } of containers) {
    const { statusCode } = await sendPoll('HTTP/1.1', { ...place, path: '/ready', method: 'GET' }).catch(() => ({
      statusCode: 0,
    }));
    if (statusCode === 200) return place;
  }
  throw new Error('no container is ready');
}

/** Polls one after another on connections that are kept as long as the server lets them be. */
function http1Proxy(containers: readonly TestContainer[]): () => Promise<PollReply> {
  let agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  let place: TestContainer['place'] | undefined;
  return async () => {
    place ??= await pick(containers);
    const reply = await sendHttp1({ ...place, ...POLL }, agent);
    if (reply.connection === 'close') {
      agent.destroy();
      agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
      place = undefined;
    }
    return reply;
  };
}

/** Three polls at a time, as streams of one connection until the server says GOAWAY. */
function http2Proxy(containers: readonly TestContainer[]): () => Promise<PollReply> {
  let session: ClientHttp2Session | undefined;
  let place: TestContainer['place'] | undefined;
  return async () => {
    if (session === undefined || session.closed || session.destroyed || place === undefined) {
      place = await pick(containers);
      session = openHttp2(place);
      await once(session, 'connect');
    }
    const [open, at] = [session, place];
    const replies = await Promise.all([1, 2, 3].map(() => sendOn(open, { ...at, ...POLL })));
    const [first] = replies;
    if (first === undefined) throw new Error('there are three');
    expect(replies.every(({ statusCode }) => statusCode === first.statusCode)).toBe(true);
    return first;
  };
}

describe.each(PROTOCOLS)('a container that leaves under load, over %s', (protocol) => {
  test('loses no poll: proxies go to the other one', async () => {
    const [leaving, staying] = [await startContainer(answer), await startContainer(answer)];
    const proxies = Array.from({ length: 10 }, () =>
      (protocol === 'HTTP/1.1' ? http1Proxy : http2Proxy)([leaving, staying]),
    );
    const seen: string[] = [];
    let isOver = false;
    const polling = proxies.map(async (poll) => {
      while (!isOver) {
        seen.push(
          await poll().then(
            ({ statusCode }) => String(statusCode),
            (error: unknown) => String(error),
          ),
        );
      }
    });
    const more = async (count: number): Promise<void> => {
      const goal = seen.length + count;
      await expect.poll(() => seen.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(goal);
    };
    await more(50);
    await leaving.server.leave(NOTICE_MS);
    await more(50);
    isOver = true;
    await Promise.all(polling);
    expect(seen.filter((status) => status !== '200')).toEqual([]);
    await expect(sendPoll(protocol, { ...leaving.place, ...POLL })).rejects.toThrow();
    await staying.server.leave(0);
  });

  test('a poll that is being answered when the notice ends is answered', async () => {
    const { server, place } = await startContainer(async () => {
      await wait(500);
      return { statusCode: 200, headers: {}, body: 'late' };
    });
    const poll = sendPoll(protocol, { ...place, ...POLL });
    await wait(150);
    const left = server.leave(0);
    expect(await poll).toMatchObject({ statusCode: 200, body: 'late' });
    await left;
  });
});
