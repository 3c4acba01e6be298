import type { HttpResult } from './http/result.ts';
import { openReleaseApi } from './release-api/open-release-api.ts';
import { createCanaries } from './release-api/serve.ts';
import { createEvidenceReader } from './traffic/evidence/read-evidence.ts';
import { previewAnswers } from './traffic/preview.ts';
import { describeProxies } from './traffic/proxies/proxy-status.ts';

/** Entry point: `/apis/outrigger.dev/v1alpha1/…`, the release API for people and pipelines, behind an IAM authorizer. */
export const handler: (event: unknown) => Promise<HttpResult> = openReleaseApi((tools, store) =>
  createCanaries({
    ...tools,
    drift: store,
    traffic: { preview: previewAnswers, fleet: store, describeProxies, evidence: createEvidenceReader(store) },
  }),
);
