import https from 'node:https';
import { text as readAll } from 'node:stream/consumers';

/** Sends JSON by POST to an HTTPS endpoint with a certificate authority of its own. */
export async function postJson(
  url: string,
  body: string,
  ca: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json', ...more };
  return await new Promise((resolve, reject) => {
    const request = https.request(url, { method: 'POST', ca, headers });
    request.once('error', reject);
    request.once('response', (response) => {
      readAll(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    request.end(body);
  });
}
