import { describe, expect, test } from 'vitest';
import { refuseLabel, refuseParameter } from '../../functions/template-store/ssm/parameter-rules.ts';
import { Parameters } from '../support/ssm-parameters.ts';

/** Whether the fake, which holds the limits of the real service, takes it. */
function isTaken(name: string, value: string): boolean {
  try {
    return new Parameters().put(name, value, 'String', 'Standard', false) === 1;
  } catch {
    return false;
  }
}

describe('refuseParameter refuses what Parameter Store refuses, with a sentence', () => {
  test.each<[string, string, RegExp | undefined]>([
    ['/outrigger/f/templates/a', '{}', undefined],
    ['/outrigger/f/templates/a.b_c-D', 'x'.repeat(4_096), undefined],
    [`/outrigger/${'a'.repeat(900)}`, 'x', undefined],
    ['/a'.repeat(15), 'x', undefined],
    ['/a', '', /the value is empty/],
    ['/a', 'x'.repeat(4_097), /the value has 4097 bytes; a parameter holds 4096/],
    ['/a', '€'.repeat(1_366), /4098 bytes/],
    ['/a', '{"a":"{{b}}"}', /contains \{\{/],
    ['/a b', 'x', /is made of letters/],
    ['/a//b', 'x', /is made of letters/],
    ['/a/', 'x', /is made of letters/],
    ['/ünder', 'x', /is made of letters/],
    ['/aws/x', 'x', /must not begin with aws/],
    ['/SSM-x', 'x', /must not begin with aws/],
    ['/a'.repeat(16), 'x', /has 16 levels; at most 15/],
    [`/${'a'.repeat(1_100)}`, 'x', /has 1101 characters/],
  ])('%.40s', (name, value, message) => {
    const call = (): void => refuseParameter(name, value);
    if (message === undefined) expect(call).not.toThrow();
    else expect(call).toThrow(message);
    expect(isTaken(name, value)).toBe(message === undefined);
  });
});

describe('refuseLabel', () => {
  test.each([
    ['stable', true],
    ['canary-2.x_y', true],
    ['_x', true],
    ['a'.repeat(100), true],
    ['a'.repeat(101), false],
    ['', false],
    ['2nd', false],
    ['.x', false],
    ['a b', false],
    ['aws', false],
    ['SSM1', false],
  ])('%.20s: %s', (label, isGood) => {
    const call = (): void => refuseLabel(label);
    if (isGood) expect(call).not.toThrow();
    else expect(call).toThrow('is no channel');
  });
});
