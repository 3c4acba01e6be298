import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { type DecodedDocument, decodeDocument, partsOf } from '../codec.ts';

/** The most that GetParameters takes in one call (AWS API reference). */
const NAMES_MAX = 10;

/** Reads documents whose values may name parts elsewhere. */
export interface PartReader {
  /**
   * The documents of these parameter values, in their order. Fetches only parts that are not cached from the last
   * reading for the same owner. Rejects when Parameter Store cannot be read.
   *
   * @param owner whose values these are, e.g. a channel: what the owner's values no longer name is forgotten
   */
  decode(owner: string, values: readonly string[], signal: AbortSignal): Promise<readonly DecodedDocument[]>;
}

/** Makes a reader of the parts under `/outrigger/{fleet}/parts/`. */
export function createPartReader(client: SSMClient, fleet: string): PartReader {
  /** By owner, then by head value: whole documents only, whose integrity hash has been checked. */
  const cached = new Map<string, ReadonlyMap<string, DecodedDocument>>();

  return {
    async decode(owner, values, signal) {
      const before = cached.get(owner);
      const missing = values.filter((value) => before?.has(value) !== true).flatMap(partsOf);
      const parts = missing.length === 0 ? new Map<string, string>() : await readParts([...new Set(missing)], signal);
      const decoded = values.map((value) => before?.get(value) ?? decodeDocument(value, parts));
      const whole = values.flatMap((value, i): [string, DecodedDocument][] => {
        const result = decoded[i];
        return result !== undefined && 'document' in result && partsOf(value).length > 0 ? [[value, result]] : [];
      });
      cached.set(owner, new Map(whole));
      return decoded;
    },
  };

  async function readParts(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const prefix = `/outrigger/${fleet}/parts/`;
    const pages = Array.from({ length: Math.ceil(names.length / NAMES_MAX) }, (_, i) =>
      names.slice(i * NAMES_MAX, (i + 1) * NAMES_MAX),
    );
    const answers = await Promise.all(
      pages.map((page) =>
        client.send(new GetParametersCommand({ Names: page.map((name) => prefix + name) }), { abortSignal: signal }),
      ),
    );
    return new Map(
      answers
        .flatMap((answer) => answer.Parameters ?? [])
        .map((p): [string, string] => [(p.Name ?? '').slice(prefix.length), p.Value ?? '']),
    );
  }
}
