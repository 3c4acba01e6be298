import { DNS_LABEL, own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import { mapOf, type RawPod } from '../kubernetes/pod.ts';
import { STATUS } from './annotations.ts';

/** What the status annotation of a Pod says was done to it. */
export interface InjectionStatus {
  /** By the template's name. */
  readonly templates: ReadonlyMap<string, AppliedTemplate>;
  /** The names of the containers that all of them together added. */
  readonly containers: readonly string[];
}

/** A template as it was applied. */
export interface AppliedTemplate {
  readonly version: string;
  readonly hash: string;
}

/** A status of ours has some hundred characters; a longer one was not written by us. */
const STATUS_CHARACTERS_MAX = 16_384;
/** Names looked at; a Pod may name 16 templates, and a few more come by default or by match. */
const NAMES_MAX = 64;
/** Versions are numbers of Parameter Store, or hashes. */
const WORD = /^[A-Za-z0-9._-]{1,64}$/;

const NONE: InjectionStatus = { templates: new Map(), containers: [] };

/**
 * Reads the status annotation. It is the word of the Pod's author: every caller that may create a Pod may put one there,
 * or take ours away later. So what it says is only compared and printed, and what does not look like ours is as if it
 * were not there. A forged one makes the report wrong about that one Pod, and nothing else: no decision of the webhook
 * rests on it, which takes the versions for no more than a hint where to look first.
 */
export function readStatus(pod: RawPod): InjectionStatus {
  const text = own(mapOf(mapOf(pod, 'metadata'), 'annotations'), STATUS);
  if (typeof text !== 'string' || text.length > STATUS_CHARACTERS_MAX) return NONE;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NONE;
  }
  const [templates, containers] = [listIn(value, 'templates'), listIn(value, 'containers')];
  return {
    templates: new Map(templates.flatMap(entryOf)),
    containers: containers.filter((name) => typeof name === 'string' && DNS_LABEL.test(name)).map(String),
  };
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const list = isRecord(value) ? own(value, key) : undefined;
  return Array.isArray(list) ? list.slice(0, NAMES_MAX) : [];
}

function entryOf(value: unknown): readonly (readonly [string, AppliedTemplate])[] {
  if (!isRecord(value)) return [];
  const [name, version, hash] = ['name', 'version', 'hash'].map((key) => own(value, key));
  if (typeof name !== 'string' || typeof version !== 'string' || typeof hash !== 'string') return [];
  if (!DNS_LABEL.test(name) || !WORD.test(version) || !WORD.test(hash)) return [];
  return [[name, { version, hash }]];
}
