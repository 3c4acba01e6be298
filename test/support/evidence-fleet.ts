import type { Canary } from '../../functions/canary/canary.ts';
import type { EvidenceRow } from '../../functions/canary/evidence/evidence-store.ts';
import { type NamedRecord, parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { describeEvidence, type EvidenceDescription } from '../../functions/traffic/evidence/describe-evidence.ts';
import { createEvidence, type Evidence } from '../../functions/traffic/evidence/evidence.ts';
import { parseFigures } from '../../functions/traffic/evidence/parse/parse-figures.ts';
import { parseHosts } from '../../functions/traffic/evidence/parse/parse-hosts.ts';
import { soundCanaries } from '../../functions/traffic/quarantine.ts';
import { createServedAnswers } from '../../functions/traffic/served-answers.ts';
import { createTestReader, type TestReader } from './canary-reader.ts';

/** When the tests of evidence begin: at the beginning of a slot. */
export const EVIDENCE_START = Date.parse('2026-11-22T12:00:00.000Z');
/** The target of `shop/cart`, as the sidecar names it. */
export const CART = 'shop/cart/8080/r1';

/** Who polls. */
export interface Caller {
  readonly namespace?: string;
  readonly pod: string;
}

/** What a sidecar adds to a poll: values of JSON, or texts as they come. */
export interface Told {
  readonly figures?: unknown;
  readonly hosts?: unknown;
}

/** Some environments of `discovery` over one store in memory, with a clock that is set. */
export interface EvidenceFleet {
  readonly store: TestReader;
  readonly refused: number[];
  readonly failures: unknown[];
  now: number;
  /** Sets what is served; every environment knows it at its next poll. */
  serve(...canaries: readonly Canary[]): void;
  /** The version of the routes that a namespace is answered now. */
  version(namespace?: string): string;
  /** A poll for routes, to one of the environments. */
  poll(environment: number, caller: Caller, told?: Told): Promise<Readonly<Record<string, string>>>;
  /** Ends an environment: what it has not written is lost, and another one begins. */
  kill(environment: number): void;
  rows(id?: string): readonly EvidenceRow[];
  /** What the rows tell a while later, when all windows are closed. */
  evidence(id?: string): EvidenceDescription;
}

const LATER_MS = 60_000;

/** Makes such environments. */
export function openEvidenceFleet(environments = 3): EvidenceFleet {
  const store = createTestReader();
  const refused: number[] = [];
  const failures: unknown[] = [];
  let state = soundCanaries([], new Map());
  let born = 0;
  const begin = () => {
    const options = {
      environment: `env-${++born}`,
      onFailure: (_: string, error: unknown) => void failures.push(error),
      onRefused: (_: string, __: string, reports: number) => void refused.push(reports),
    };
    return { evidence: createEvidence(store, options), serve: createServedAnswers(() => fleet.now) };
  };
  const fleet: EvidenceFleet = {
    ...{ store, refused, failures, now: EVIDENCE_START },
    serve: (...canaries) => {
      state = soundCanaries(canaries, new Map());
    },
    version: (namespace = 'shop') =>
      createServedAnswers(() => fleet.now)(NAMED, namespace, state).answers.direct.routes.version,
    poll: async (environment, { namespace = 'shop', pod }, { figures, hosts } = {}) => {
      const { evidence, serve } = running[environment % running.length] ?? begin();
      const identity = proxyIdentity({
        cluster: 'local',
        namespace,
        serviceAccount: 'default',
        pod: { name: pod, uid: pod },
      });
      const asker = { identity, state, served: serve(NAMED, namespace, state), at: fleet.now };
      const told = {
        figures: figures === undefined ? undefined : parseFigures(textOf(figures)),
        hosts: hosts === undefined ? undefined : parseHosts(textOf(hosts)),
      };
      await evidence.note({ ...asker, ...told });
      return evidence.asking(asker, {});
    },
    kill: (environment) => {
      running[environment] = begin();
    },
    rows: (id = 'shop/cart') => [...store.evidence].filter(([key]) => key.split(' ')[1] === id).map(([, row]) => row),
    evidence: (id) => {
      const now = fleet.now + LATER_MS;
      return describeEvidence(fleet.rows(id), { from: EVIDENCE_START, to: now }, now);
    },
  };
  const running: { readonly evidence: Evidence; readonly serve: ReturnType<typeof createServedAnswers> }[] = [];
  for (let i = 0; i < environments; i++) running.push(begin());
  return fleet;
}

const NAMED: NamedRecord = { cluster: 'local', record: defaultRecord() };

function defaultRecord(): NamedRecord['record'] {
  const parsed = parseClusterRecord({ discovery: { host: 'control' } });
  if (!parsed.valid) throw new Error('such a record is one');
  return parsed.value;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
