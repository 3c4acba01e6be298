import { isRecord } from '../json/faults.ts';
import { parseJson } from '../json/parse-json.ts';
import { ClusterApiError, type KubeObject, type KubePage } from './cluster-api.ts';

/** The object in the text of an answer; throws ClusterApiError where there is none, e.g. for a proxy's page. */
export function objectIn(status: number, text: string): KubeObject {
  const document = read(text);
  if (!isObject(document)) throw foreign(status);
  return document;
}

/** The page in the text of an answer. Items of a list carry neither apiVersion nor kind: the list's say both. */
export function pageIn(status: number, text: string): KubePage {
  const list = read(text);
  const items: unknown = isRecord(list) ? list['items'] : undefined;
  if (!isRecord(list) || !Array.isArray(items)) throw foreign(status);
  const { apiVersion, kind, metadata } = list;
  const type = { apiVersion, kind: String(kind).replace(/List$/, '') };
  const next = isRecord(metadata) ? metadata['continue'] : undefined;
  return {
    items: items.map((item: unknown) => {
      const object: unknown = isRecord(item) ? { ...type, ...item } : item;
      if (!isObject(object)) throw foreign(status);
      return object;
    }),
    ...(typeof next === 'string' && next !== '' ? { continue: next } : {}),
  };
}

function read(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is KubeObject {
  if (!isRecord(value) || !isRecord(value['metadata'])) return false;
  return [value['apiVersion'], value['kind'], value['metadata']['name']].every((field) => typeof field === 'string');
}

function foreign(status: number): ClusterApiError {
  return new ClusterApiError(status, 'InvalidAnswer', `what answered ${status} is no Kubernetes API server`);
}
