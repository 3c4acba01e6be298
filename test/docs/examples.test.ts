import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseCanary } from '../../functions/canary/document/parse-canary.ts';
import { parseFreeze } from '../../functions/canary/freeze/freeze.ts';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { ROOT } from '../house/source-files.ts';
import { outrigger } from '../support/outrigger.ts';
import { at, namesOf } from '../support/values.ts';

const FOLDER = join(ROOT, 'docs', 'examples');
const FILES = readdirSync(FOLDER).filter((name) => name !== 'README.md');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const documentsOf = (name: string): readonly unknown[] => parseAllDocuments(read(name)).map((each) => each.toJS());
const ALL = FILES.filter((name) => name.endsWith('.yaml')).flatMap((name) =>
  documentsOf(name).map((document) => ({ name, document, kind: String(at(document, 'kind')) })),
);
const ofKind = (...kinds: readonly string[]): typeof ALL => ALL.filter(({ kind }) => kinds.includes(kind));
const nameOf = (document: unknown): unknown => at(document, 'metadata', 'name');
const WORKLOADS = ['Pod', 'Deployment', 'StatefulSet'];

afterAll(() => {
  expect(ofKind('Canary').length).toBeGreaterThan(3);
});

test('every file is in the list, and holds documents of a kind', () => {
  expect(FILES.filter((name) => !read('README.md').includes(`](${name})`))).toEqual([]);
  expect(ALL.filter(({ document }) => at(document, 'apiVersion') === undefined)).toEqual([]);
  expect(ALL.length).toBeGreaterThan(20);
});

test.each(ofKind('Canary'))('the Canary of $name is one, and names Services that are there', ({ document }) => {
  expect(parseCanary(document)).toMatchObject({ valid: true });
  const serviceNamed = (name: unknown): unknown =>
    ofKind('Service').find((each) => nameOf(each.document) === name)?.document;
  const main = serviceNamed(at(document, 'spec', 'service', 'name'));
  expect(at(main, 'spec', 'clusterIP')).toBeUndefined();
  expect(at(main, 'spec', 'ports', 0, 'port')).toBe(at(document, 'spec', 'service', 'port'));
  for (const index of [0, 1]) {
    const backend = at(document, 'spec', 'backends', index);
    const service = serviceNamed(at(backend, 'service'));
    expect(at(service, 'spec', 'clusterIP')).toBe('None');
    expect(at(service, 'spec', 'selector', 'track')).toBe(at(backend, 'name'));
    // The Pods that the Service selects are those of one workload.
    const pods = ofKind(...WORKLOADS).filter(
      (each) =>
        JSON.stringify(at(each.document, 'spec', 'selector', 'matchLabels')) ===
        JSON.stringify(at(service, 'spec', 'selector')),
    );
    expect(pods.map((each) => nameOf(each.document))).toEqual([at(backend, 'service')]);
  }
  // Callers' connections go to stable's Pods: the main Service selects those only.
  expect(at(main, 'spec', 'selector', 'track')).toBe('stable');
});

test.each(ofKind('Freeze'))('the Freeze of $name is one', ({ document }) => {
  expect(parseFreeze(document)).toMatchObject({ valid: true });
});

test('the cluster record is one, and its parts are read', () => {
  const document: unknown = JSON.parse(read('cluster-record.json'));
  expect(parseClusterRecord(document)).toMatchObject({
    valid: true,
    value: {
      policy: 'enabled',
      next: at(document, 'next'),
      discovery: at(document, 'discovery'),
      egress: at(document, 'egress'),
    },
  });
});

test('the template passes lint', async () => {
  const { code, stdout } = await outrigger(['template', 'lint', '-f', join(FOLDER, 'sidecar-template.yaml')]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('needs the Pod Security level restricted')]);
});

test.each(ofKind('HorizontalPodAutoscaler'))('the autoscaler of $name scales a container that is there', ({
  document,
}) => {
  const target = ofKind('Deployment').find((each) => nameOf(each.document) === nameOf(document))?.document;
  expect(at(document, 'spec', 'scaleTargetRef', 'name')).toBe(nameOf(target));
  const containers = namesOf(at(target, 'spec', 'template', 'spec', 'containers'));
  expect(containers).toContain(at(document, 'spec', 'metrics', 0, 'containerResource', 'container'));
});

describe('workloads', () => {
  const record = ['--record', join(FOLDER, 'cluster-record.json'), '--cluster', 'local'];
  const files = [...new Set(ofKind(...WORKLOADS).map(({ name }) => name))];

  test.each(files)('%s is decided, and nothing is refused', async (name) => {
    const { code, stdout, stderr } = await outrigger(['explain', '-f', join(FOLDER, name), '-o', 'json', ...record]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(name === 'opted-out.yaml' ? '"OptedOut"' : '"Injected"');
  });

  test('the front proxy gets the sidecar, which redirects one port alone', async () => {
    const { stdout } = await outrigger(['explain', '-f', join(FOLDER, 'front-proxy.yaml'), '-o', 'json', ...record]);
    const explained: unknown = JSON.parse(stdout);
    const pod = Array.isArray(explained) ? explained[0] : explained;
    expect(JSON.stringify(pod)).toMatch(/"only-outbound-ports","value":"8080"/);
    expect(JSON.stringify(pod)).toContain('"name":"envoy"');
  });
});

test('the label of namespaces is the one that the webhook asks for', () => {
  const namespaces = [
    ...ofKind('Namespace').map(({ document }) => at(document, 'metadata', 'labels')),
    ...ofKind('Application').map(({ document }) =>
      at(document, 'spec', 'syncPolicy', 'managedNamespaceMetadata', 'labels'),
    ),
  ];
  expect(namespaces).toEqual([{ 'outrigger.dev/injection': 'enabled' }, { 'outrigger.dev/injection': 'enabled' }]);
});
