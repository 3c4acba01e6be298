import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { leavesRoomForRetry, leavesRoomForShadow, waitFor } from '../functions/admission/deadline.ts';
import { WARNING_CHARACTERS_MAX } from '../functions/admission/response.ts';
import { NESTING_MAX } from '../functions/admission/review.ts';
import { BODY_BYTES_MAX } from '../functions/http/event.ts';
import { TEMPLATES_PER_POD_MAX } from '../functions/injection/decide/decision-facts.ts';
import {
  ADVANCE_LOOP_MS,
  ADVANCE_TIMEOUT_MS,
  ADVANCE_WORK_MS,
  CANARIES_TIMEOUT_MS,
  CANARIES_WORK_MS,
  CANARY_READ_MS,
  CLUSTER_ENTRY_MS,
  CLUSTER_WAIT_MS,
  DEADLINE_MARGIN_MS,
  DISCOVERY_TIMEOUT_MS,
  DRIFT_EVERY_MS,
  DRIFT_READ_MS,
  HEAD_TTL_MS,
  ISSUER_FETCH_MS,
  LOOK_EVERY_MS,
  MUTATE_TIMEOUT_MS,
  OPERATIONS_MAX,
  PATCH_BYTES_MAX,
  PLAN_CHARACTERS_MAX,
  POLL_STALE_WAIT_MS,
  POLL_TIMEOUT_SECONDS,
  RELEASE_LOOK_MS,
  RELEASE_READ_MS,
  REPORT_WRITE_EVERY_MS,
  REPORT_WRITE_MS,
  RESPONSE_BYTES_MAX,
  RESPONSE_MARGIN_BYTES,
  RETRY_AFTER_SECONDS,
  RETRY_ROOM_MS,
  SETTLE_ALL_MS,
  SETTLE_MS,
  SHADOW_ROOM_MS,
  STORE_READ_MS,
  STORE_STALE_WAIT_MS,
  STORE_TTL_MS,
  STORE_WAIT_MS,
  TRY_MS,
  WEBHOOK_TIMEOUT_SECONDS,
  WORKLOAD_KEPT_MS,
  WORKLOAD_LOOK_MS,
  WORKLOAD_READ_MS,
} from '../functions/limits.ts';
import { NOTICE_BUSY_MS, NOTICE_ROUND_MS, NOTICE_SEND_MS, NOTICE_STORE_MS } from '../functions/notifications/times.ts';
import { webhookConfiguration } from '../functions/registration/objects/webhook-configuration.ts';
import { SOURCE_BYTES_MAX } from '../functions/template/source.ts';
import { DOCUMENT_BYTES_MAX } from '../functions/template-store/codec.ts';
import { at } from './support/values.ts';

describe('the times of one admission lie inside each other', () => {
  test.each<[sentence: string, inner: number, outer: number]>([
    ['a read of the store ends before the request stops waiting for it', STORE_READ_MS, STORE_WAIT_MS],
    ['what is old is waited for no longer than what is not there', STORE_STALE_WAIT_MS, STORE_WAIT_MS],
    ['a request stops waiting before its function is ended', STORE_WAIT_MS, MUTATE_TIMEOUT_MS],
    ['and has time left for merging and encoding', STORE_WAIT_MS + DEADLINE_MARGIN_MS, MUTATE_TIMEOUT_MS],
    ['the function ends before the API server gives up', MUTATE_TIMEOUT_MS, WEBHOOK_TIMEOUT_SECONDS * 1_000],
    ['and leaves room for the network and a cold start', MUTATE_TIMEOUT_MS + 500, WEBHOOK_TIMEOUT_SECONDS * 1_000],
    [
      'after waiting for the store there is room to try the next channel',
      STORE_WAIT_MS + SHADOW_ROOM_MS,
      MUTATE_TIMEOUT_MS - DEADLINE_MARGIN_MS,
    ],
    ['what is read lives longer than reading takes', 10 * STORE_READ_MS, STORE_TTL_MS],
  ])('%s', (_sentence, inner, outer) => {
    expect(inner).toBeLessThan(outer);
  });

  test('the API server accepts the timeout: 1 to 30 seconds, whole', () => {
    expect(WEBHOOK_TIMEOUT_SECONDS).toBeOneOf(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  test('the registration asks for the same timeout', () => {
    expect(at(webhookConfiguration({ url: 'https://x' }), 'webhooks', 0, 'timeoutSeconds')).toBe(
      WEBHOOK_TIMEOUT_SECONDS,
    );
  });

  test('serverless.yml gives the function the same time', () => {
    const text = readFileSync(join(import.meta.dirname, '..', 'serverless.yml'), 'utf8');
    expect(at(parse(text, { logLevel: 'silent' }), 'functions', 'mutate', 'timeout')).toBe(MUTATE_TIMEOUT_MS / 1_000);
  });
});

describe('the sizes of one answer lie inside each other', () => {
  const base64 = (bytes: number): number => Math.ceil(bytes / 3) * 4;
  test.each<[sentence: string, inner: number, outer: number]>([
    [
      'what the templates add to one Pod fits a patch, in characters of three bytes',
      3 * PLAN_CHARACTERS_MAX,
      PATCH_BYTES_MAX,
    ],
    [
      'the largest patch in base64 leaves its margin',
      base64(PATCH_BYTES_MAX) + RESPONSE_MARGIN_BYTES,
      RESPONSE_BYTES_MAX + 4,
    ],
    ['the margin holds the warnings (4 KB), the uid and the status', 64 * 1_024, RESPONSE_MARGIN_BYTES],
    ['operations of 40 µs end in time on 0.29 of a core', (OPERATIONS_MAX * 0.04) / 0.29, MUTATE_TIMEOUT_MS],
  ])('%s', (_sentence, inner, outer) => {
    expect(inner).toBeLessThan(outer);
  });
});

describe('the times of one poll lie inside each other', () => {
  test.each<[sentence: string, inner: number, outer: number]>([
    ['news are waited for no longer than a read takes', POLL_STALE_WAIT_MS, CANARY_READ_MS],
    [
      'cold: records, an issuer’s two documents and canaries',
      STORE_WAIT_MS + 2 * ISSUER_FETCH_MS + CANARY_READ_MS,
      DISCOVERY_TIMEOUT_MS,
    ],
    [
      'warm: the same with proxy reports to write',
      STORE_WAIT_MS + 2 * ISSUER_FETCH_MS + POLL_STALE_WAIT_MS + REPORT_WRITE_MS,
      DISCOVERY_TIMEOUT_MS,
    ],
    [
      'the function ends before the proxy gives up, a cold start included',
      DISCOVERY_TIMEOUT_MS + 500,
      POLL_TIMEOUT_SECONDS * 1_000,
    ],
    ['the head is read more often than proxy reports are written', HEAD_TTL_MS, REPORT_WRITE_EVERY_MS],
  ])('%s', (_sentence, inner, outer) => {
    expect(inner).toBeLessThan(outer);
  });
});

describe('the times of one release request lie inside each other', () => {
  test.each<[sentence: string, inner: number, outer: number]>([
    ['a read of a record ends before the request stops waiting for it', STORE_READ_MS, CLUSTER_WAIT_MS],
    [
      'after waiting for a record there is time for a write and one more try',
      CLUSTER_WAIT_MS + 2 * TRY_MS,
      CANARIES_WORK_MS,
    ],
    ['a list has time for one try that is not answered', TRY_MS, RELEASE_READ_MS],
    ['what a read writes leaves it its time', SETTLE_MS, RELEASE_READ_MS - SETTLE_MS],
    ['readers are sent away before those who act', RELEASE_READ_MS, CANARIES_WORK_MS],
    ['the work ends before its function does, with time for the answer', CANARIES_WORK_MS + 1_000, CANARIES_TIMEOUT_MS],
    ['the function ends before API Gateway gives up (30 s)', CANARIES_TIMEOUT_MS, 30_000],
  ])('%s', (_sentence, inner, outer) => {
    expect(inner).toBeLessThan(outer);
  });

  test('a poll that reads the canaries has time for one try that is not answered', () => {
    expect(TRY_MS).toBeLessThan(CANARY_READ_MS);
  });

  test.each([
    ['canaries', CANARIES_TIMEOUT_MS],
    ['abort', CANARIES_TIMEOUT_MS],
    ['discovery', DISCOVERY_TIMEOUT_MS],
  ])('serverless.yml gives %s the same time', (name, ms) => {
    const text = readFileSync(join(import.meta.dirname, '..', 'serverless.yml'), 'utf8');
    expect(at(parse(text, { logLevel: 'silent' }), 'functions', name, 'timeout')).toBe(ms / 1_000);
  });
});

describe('the times of one tick lie inside each other', () => {
  test.each<[sentence: string, inner: number, outer: number]>([
    [
      'writing what the clock has changed leaves one Kubernetes cluster its time to be read',
      SETTLE_ALL_MS + DRIFT_READ_MS,
      ADVANCE_WORK_MS,
    ],
    [
      'with the wait for its record, and for the store',
      STORE_WAIT_MS + 2 * TRY_MS,
      ADVANCE_WORK_MS - SETTLE_ALL_MS - DRIFT_READ_MS,
    ],
    [
      'the work ends before its function does, with time for a last call',
      ADVANCE_WORK_MS + 2 * TRY_MS,
      ADVANCE_TIMEOUT_MS,
    ],
    ['looks go on until the next tick, a minute later and some seconds late, has begun', 75_000, ADVANCE_LOOP_MS],
    ['and the last one ends before the function does', ADVANCE_LOOP_MS + RELEASE_LOOK_MS, ADVANCE_TIMEOUT_MS],
    ['a look ends before the next one begins', RELEASE_LOOK_MS, LOOK_EVERY_MS],
    ['a look waits briefly for workloads', WORKLOAD_LOOK_MS, WORKLOAD_READ_MS],
    ['a workload that was read counts until it is read again', WORKLOAD_READ_MS + LOOK_EVERY_MS, WORKLOAD_KEPT_MS],
    ['the way into a Kubernetes cluster outlives a reading', WORKLOAD_KEPT_MS, CLUSTER_ENTRY_MS],
    ['a try at one place leaves a round time for others', NOTICE_SEND_MS, NOTICE_ROUND_MS],
    ['a round is over before another takes it for killed', 2 * NOTICE_STORE_MS + NOTICE_ROUND_MS, NOTICE_BUSY_MS],
    ['the function ends before Lambda would end it (15 minutes)', ADVANCE_TIMEOUT_MS, 15 * 60_000],
    ['Pods are not read anew with every tick', ADVANCE_TIMEOUT_MS, DRIFT_EVERY_MS],
  ])('%s', (_sentence, inner, outer) => {
    expect(inner).toBeLessThan(outer);
  });
});

describe('how long a request may wait', () => {
  const BOUND = 1_200;
  test.each<[timeout: string | undefined, ms: number]>([
    [undefined, BOUND],
    ['', BOUND],
    ['3s', BOUND],
    ['30s', BOUND],
    ['1m', BOUND],
    ['1s', 750],
    ['1000ms', 750],
    ['300ms', 50],
    ['250ms', 0],
    ['1ms', 0],
    ['0s', BOUND],
    ['0ms', BOUND],
    ['-1s', BOUND],
    ['+1s', BOUND],
    ['1.5s', BOUND],
    ['1', BOUND],
    ['s', BOUND],
    ['abc', BOUND],
    ['9999h', BOUND],
    ['1m30s', BOUND],
    ['1s ', BOUND],
    [' 1s', BOUND],
    ['1S', BOUND],
    ['١s', BOUND],
    ['99999999999999999999s', BOUND],
    ['1s\n', BOUND],
    ['NaNs', BOUND],
  ])('?timeout=%j: %i ms', (timeout, ms) => {
    expect(waitFor(timeout, BOUND)).toBe(ms);
  });

  test.each([
    '3s',
    '1s',
    '10ms',
    'x',
    undefined,
  ])('%j never waits past the caller’s deadline or our own bound', (timeout) => {
    const wait = waitFor(timeout, STORE_WAIT_MS);
    expect(wait).toBeGreaterThanOrEqual(0);
    expect(wait).toBeLessThanOrEqual(STORE_WAIT_MS);
  });
});

describe('coming back after a throttle', () => {
  test.each<[timeout: string | undefined, spent: number, isRoom: boolean]>([
    ['3s', 0, true],
    ['3s', 500, true],
    ['3s', 600, false],
    ['2s', 0, false],
    ['10s', 5_000, true],
    ['1m', 0, true],
    [undefined, 0, false],
    ['soon', 0, false],
  ])('?timeout=%s after %i ms: %s', (timeout, spent, isRoom) => {
    expect(leavesRoomForRetry(timeout, spent)).toBe(isRoom);
  });

  test('the registered timeout leaves room for it', () => {
    expect(RETRY_AFTER_SECONDS * 1_000 + RETRY_ROOM_MS).toBeLessThan(WEBHOOK_TIMEOUT_SECONDS * 1_000);
  });
});

describe('trying the next channel besides', () => {
  test.each<[timeout: string | undefined, spent: number, isRoom: boolean]>([
    ['3s', 0, true],
    ['3s', 1_500, true],
    ['3s', 1_501, false],
    ['1s', 500, true],
    ['1s', 501, false],
    ['300ms', 0, false],
    ['1m', 1_501, false],
    [undefined, 1_500, true],
    ['soon', 1_501, false],
  ])('?timeout=%s after %i ms: %s', (timeout, spent, isRoom) => {
    expect(leavesRoomForShadow(timeout, spent)).toBe(isRoom);
  });
});

describe('sizes', () => {
  test('the largest object of Kubernetes fits into a body, with the review round it', () => {
    expect(BODY_BYTES_MAX).toBeGreaterThanOrEqual(3 * 1_048_576 + 256 * 1_024);
  });

  test('a body is no larger than what Lambda delivers: 6 MB', () => {
    expect(BODY_BYTES_MAX).toBeLessThanOrEqual(6 * 1_048_576);
  });

  test('a template source is smaller than a body', () => {
    expect(SOURCE_BYTES_MAX).toBeLessThan(BODY_BYTES_MAX);
  });

  test('what is published was a source, and is unpacked whole', () => {
    expect(DOCUMENT_BYTES_MAX).toBe(SOURCE_BYTES_MAX);
  });

  test.each<[sentence: string, value: number, least: number, most: number]>([
    ['a real review nests about 12 levels, and recursion bears some thousands', NESTING_MAX, 100, 1_000],
    ['Kubernetes asks for warnings of at most 120 characters', WARNING_CHARACTERS_MAX, 80, 120],
    ['a Pod names a handful of templates', TEMPLATES_PER_POD_MAX, 4, 64],
  ])('%s', (_sentence, value, least, most) => {
    expect(value).toBeGreaterThanOrEqual(least);
    expect(value).toBeLessThanOrEqual(most);
  });
});
