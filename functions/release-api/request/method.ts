import type { HttpRequest } from '../../http/http-request.ts';
import { ApiError } from '../response/api-error.ts';

/** The work that a request's method names; throws ApiError 405, which says which ones there are. */
export function methodOf<T>(methods: ReadonlyMap<string, T>, { method }: HttpRequest): T {
  const found = methods.get(method);
  if (found !== undefined) return found;
  const allow = [...methods.keys()].join(', ');
  throw new ApiError('MethodNotAllowed', `${method} is not possible here; ${allow} are`, { headers: { allow } });
}
