import { type ClusterRecord, parseClusterRecord } from '../../cluster-record/cluster-record.ts';
import { describeFaults } from '../../json/faults.ts';
import type { StoreProblem } from '../store-problem.ts';

/** The record of one Kubernetes cluster, as long as nothing better comes. */
export interface LastGoodRecord {
  /** Undefined before any was good. The same object as long as the document is the same: much is remembered by it. */
  last(): ClusterRecord | undefined;
  /**
   * Takes a document over where it is a record.
   *
   * @param document as JSON; a SyntaxError stands for one that cannot be decoded
   * @returns why it is none, which has been reported too, once as long as it stays
   */
  take(document: unknown): string | undefined;
  /** Takes over a record that was read in another way. */
  put(record: ClusterRecord): void;
}

/** Keeps what was last good. One that is not valid never replaces it. */
export function keepLastGood(cluster: string, report: (problem: StoreProblem) => void): LastGoodRecord {
  let good: { readonly text: string | undefined; readonly record: ClusterRecord } | undefined;
  let reported: string | undefined;

  return {
    last: () => good?.record,
    take(document) {
      // A parser's own message repeats the text.
      if (document instanceof SyntaxError) return refuse('it cannot be decoded');
      const text = JSON.stringify(document);
      if (good?.text === undefined || good.text !== text) {
        const parsed = parseClusterRecord(document);
        if (!parsed.valid) return refuse(describeFaults(parsed.faults));
        good = { text, record: parsed.value };
      }
      reported = undefined;
      return undefined;
    },
    put(record) {
      good = { text: undefined, record };
    },
  };

  function refuse(why: string): string {
    if (reported !== why) report({ what: 'cluster record refused', name: cluster, why });
    reported = why;
    return why;
  }
}
