import type { HttpRequest } from '../../http/http-request.ts';
import { ApiError } from '../response/api-error.ts';

/** Reads `?dryRun=All`: everything is checked and answered, nothing is written. */
export function readDryRun(request: HttpRequest): boolean {
  const value = request.query('dryRun');
  if (value === undefined) return false;
  if (value === 'All') return true;
  throw new ApiError('BadRequest', 'dryRun must be All');
}

/** A whole number in the query, from 1 to `max`. */
export function readCount(request: HttpRequest, name: string, max: number): number | undefined {
  const value = request.query(name);
  // kubectl writes 0 for no limit.
  if (value === undefined || value === '' || value === '0') return undefined;
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value), max);
  throw new ApiError('BadRequest', `${name} must be a whole number from 1`);
}
