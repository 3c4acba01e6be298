import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { createClusterApi } from '../../../functions/kube-api/https-cluster-api.ts';
import { createProbe } from '../../../functions/registration/probe.ts';
import type { RegistrarTools } from '../../../functions/registration/registrar.ts';
import { UsageError } from '../errors.ts';
import { openAccess, openRecords, type TargetOptions, withTargetOptions } from './target.ts';

/** The options of a verb that works on a cluster, with the time that it may take. */
export interface WorkOptions extends TargetOptions {
  /** Milliseconds. */
  readonly timeout: number;
}

/** A verb of `outrigger cluster` with the options that all of them have. */
export function clusterVerb(name: string, timeout: string): Command {
  const option = new Option('--timeout <duration>', 'the longest to take, e.g. 90s or 5m').argParser(milliseconds);
  return withTargetOptions(new Command(name)).addOption(option.default(milliseconds(timeout), timeout));
}

/** All that the operations reach the world through. */
export async function openTools(options: TargetOptions): Promise<RegistrarTools> {
  const [registry, access] = await Promise.all([openRecords(options), openAccess(options)]);
  return {
    ...registry,
    api: createClusterApi(access),
    probe: createProbe({ newUid: randomUUID }),
    now: Date.now,
    wait: async (ms, signal) => await pause(ms, undefined, { signal }),
    say: (line) => void process.stderr.write(`${line}\n`),
  };
}

/**
 * Does something within the time that it may take.
 *
 * @param again what to say when that was not enough
 */
export async function within<T>(
  { timeout }: Pick<WorkOptions, 'timeout'>,
  again: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(timeout);
  try {
    return await work(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new UsageError(`it took longer than ${timeout / 1_000} s (--timeout); ${again}`);
  }
}

/** Prints warnings as kubectl does. */
export function warn(warnings: readonly string[]): void {
  for (const warning of warnings) process.stderr.write(`Warning: ${warning}\n`);
}

/** `90s`, `5m`, `1h` or `250ms` in milliseconds. */
export function milliseconds(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? [];
  const factor = new Map([
    ['ms', 1],
    ['s', 1_000],
    ['m', 60_000],
    ['h', 3_600_000],
  ]).get(unit);
  if (digits === '' || factor === undefined) throw new InvalidArgumentError('must be a duration, e.g. 90s or 5m.');
  return Number(digits) * factor;
}
