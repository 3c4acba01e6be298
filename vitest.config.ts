import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but Node; `real` starts kube-apiserver, a node and the AWS emulators. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**'],
          globalSetup: './test/support/run-folder.ts',
          // For hangs only: the machine may be busy with other things.
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          globalSetup: './test/support/run-folder.ts',
          // Each suite brings servers of its own up; two at a time would fight for two cores.
          fileParallelism: false,
          testTimeout: 120_000,
          // A first run compiles Kubernetes.
          hookTimeout: 40 * 60_000,
        },
      },
    ],
  },
});
