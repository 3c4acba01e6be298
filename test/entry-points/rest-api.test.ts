import { expect, test } from 'vitest';
import { type Call, httpApiEvent, openMutateEntryPoint, TOKEN } from '../support/mutate-entry-point.ts';
import { podOf } from '../support/pods.ts';
import { reviewDocument } from '../support/reviews.ts';

const REVIEW = JSON.stringify(reviewDocument(podOf()));

/** The same call as a REST API sends it (payload format 1.0), its header names as the API server writes them. */
function restApiEvent(call: Call): Record<string, unknown> {
  const { method = 'POST', path = `/v1/mutate/local/${TOKEN}`, body, isBase64Encoded = false } = call;
  const headers = { 'Content-Type': 'application/json', 'User-Agent': 'kube-apiserver-admission', ...call.headers };
  const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return {
    resource: '/v1/mutate/{cluster}/{token}',
    path,
    httpMethod: method,
    headers,
    multiValueHeaders,
    queryStringParameters: { timeout: '3s' },
    multiValueQueryStringParameters: { timeout: ['3s'] },
    requestContext: {
      stage: 'production',
      path: `/production${path}`,
      identity: { sourceIp: '192.0.2.1', userArn: null },
    },
    body: body ?? null,
    isBase64Encoded,
  };
}

test.each<[case_: string, status: number, call: Call]>([
  ['a review', 200, { body: REVIEW }],
  ['a review in base64', 200, { body: Buffer.from(REVIEW).toString('base64'), isBase64Encoded: true }],
  ['a stranger', 403, { body: REVIEW, path: '/v1/mutate/local/x.y.z' }],
  ['another path', 403, { body: REVIEW, path: `/production/v1/mutate/local/${TOKEN}` }],
  ['another method', 405, { body: REVIEW, method: 'PUT' }],
  ['no body', 400, {}],
])('mutate answers %s through a REST API as through an HTTP API: %i', async (_case, status, call) => {
  const [rest, http] = [openMutateEntryPoint(), openMutateEntryPoint()];
  const answer = await rest.handler(restApiEvent(call));
  expect(answer.statusCode).toBe(status);
  expect(answer).toEqual(await http.handler(httpApiEvent(call)));
});
