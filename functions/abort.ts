import type { HttpResult } from './http/result.ts';
import { openReleaseApi } from './release-api/open-release-api.ts';
import { createAborts } from './release-api/serve-abort.ts';

/** Entry point: `POST /apis/outrigger.dev/v1alpha1/…/canaries/{name}/abort` alone, behind an IAM authorizer. */
export const handler: (event: unknown) => Promise<HttpResult> = openReleaseApi(createAborts);
