import { RequestError } from '../errors.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { describeFaults } from '../json/faults.ts';
import type { AdmissionRequest } from '../kubernetes/admission-request.ts';
import { decodeReview, type Review } from './review.ts';

const JSON_TYPE = /^application\/json *(;.*)?$/i;

/** A body, and the review in it. */
export interface ReadReview {
  readonly body: string;
  readonly review: Review;
}

/** The body of a request and the review in it, or what is wrong with either; never throws. */
export function reviewIn(request: HttpRequest): ReadReview | { readonly refusal: unknown } {
  try {
    const body = readJsonBody(request);
    const review = decodeReview(body);
    if (!review.valid) throw new RequestError(400, `not an AdmissionReview: ${describeFaults(review.faults)}`);
    return { body, review: review.value };
  } catch (refusal) {
    return { refusal };
  }
}

function readJsonBody(request: HttpRequest): string {
  if (request.method !== 'POST') {
    throw new RequestError(405, `the method is ${request.method}; send the AdmissionReview by POST`, { allow: 'POST' });
  }
  const body = request.readBody();
  if (!JSON_TYPE.test(request.header('content-type') ?? '')) {
    throw new RequestError(415, 'the content type must be application/json');
  }
  return body;
}

/** The request with its managedFields, whose text has not been parsed before. */
export function decodeWhole(body: string): AdmissionRequest {
  const whole = decodeReview(body, true);
  if (whole.valid) return whole.value.request;
  throw new RequestError(400, `not an AdmissionReview: ${describeFaults(whole.faults)}`);
}
