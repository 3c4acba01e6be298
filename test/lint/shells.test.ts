import { describe, expect, test } from 'vitest';
import { lintTemplate } from '../../infra/cli/lint/lint.ts';
import { templateDocument } from '../support/templates.ts';

const parameters = [
  { name: 'log-file', type: 'string', default: 'x' },
  { name: 'port', type: 'port', default: 80 },
];
const shells = (container: Record<string, unknown>): readonly string[] => {
  const spec = { containers: [{ name: 'a', image: 'a:1', ...container }] };
  const { findings } = lintTemplate(templateDocument('t', { parameters, pod: { spec } }));
  return findings
    .filter(({ rule }) => rule === 'shell-parameter')
    .map(({ path }) => path.replace('spec.pod.spec.containers[0].', ''));
};
const env = [{ name: 'FILE', value: '${log_file}' }];

describe('a string that a Pod sets reaches a shell', () => {
  test.each<[what: string, container: Record<string, unknown>, at: readonly string[]]>([
    ['sh -c', { command: ['sh', '-c', 'tail ${log_file}'] }, ['command[2]']],
    ['bash -ec with its path, in args', { command: ['/bin/bash'], args: ['-ec', 'tail ${log_file}'] }, ['args[1]']],
    ['the image’s own shell', { args: ['-c', 'tail ${log_file}'] }, ['args[1]']],
    ['by a variable that the kubelet puts in', { command: ['sh', '-c', 'tail $(FILE)'], env }, ['command[2]']],
    ['in an expression', { command: ['sh', '-c', { $if: 'port > 1', then: '${log_file}', else: '' }] }, ['command[2]']],
    [
      'in a probe',
      { livenessProbe: { exec: { command: ['sh', '-c', 'test -f ${log_file}'] } } },
      ['livenessProbe.exec.command[2]'],
    ],
    ['by a variable of the shell', { command: ['sh', '-c', 'tail "$FILE"'], env }, []],
    ['a port', { command: ['sh', '-c', 'nc -l ${port}'] }, []],
    ['no shell', { command: ['tail', '-c', '${log_file}'] }, []],
    ['a positional argument', { command: ['sh', '-c', 'tail "$1"', '--', '${log_file}'] }, []],
  ])('%s', (_what, container, at) => {
    expect(shells(container)).toEqual(at);
  });
});
