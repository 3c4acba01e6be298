import { defineConfig } from 'vitest/config';

/**
 * Unit tests that `npm test` leaves out: each takes seconds, for a process, a bundle or a store of its own, or for tens of
 * thousands of random cases. `npm cit`, `npm run test:unit` and CI run them.
 */
const SLOW = [
  'test/infra/**',
  'test/entry-points/bundle*.test.ts',
  'test/entry-points/mutate-faults.test.ts',
  'test/cli/{bin,canary-status,canary-watch,inject-manifests}.test.ts',
  'test/local/{start,gateway-https}.test.ts',
  'test/container/{leave,poll-server,process}.test.ts',
  'test/faults/*-drills.test.ts',
  'test/faults/data-plane.test.ts',
  'test/table/file-store.test.ts',
  'test/contract/canary-store.test.ts',
  'test/properties.test.ts',
];
const isQuick = process.env['OUTRIGGER_TESTS'] === 'quick';

/** `unit` needs nothing but Node; `real` starts kube-apiserver, a node and the AWS emulators. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', ...(isQuick ? SLOW : [])],
          globalSetup: './test/support/run-folder.ts',
          sequence: { groupOrder: 1 },
          // For hangs only: the machine may be busy with other things.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          globalSetup: './test/support/run-folder.ts',
          // Each suite brings servers of its own up, and waits for them and for clocks most of its time.
          maxWorkers: 2,
          // Before the unit tests, which need both cores.
          sequence: { groupOrder: 0 },
          // For hangs only: a test may start a dozen Pods, on a machine that is busy with other things.
          testTimeout: 600_000,
          // A first run compiles Kubernetes.
          hookTimeout: 40 * 60_000,
        },
      },
    ],
  },
});
