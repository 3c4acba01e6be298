import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Decision, decideInjection } from '../../functions/injection/decide/decision.ts';
import { guardRequest } from '../../functions/injection/decide/guards.ts';
import { CHOICES } from '../../functions/injection/decide/rules.ts';
import { companionPolicy } from '../../functions/registration/objects/companion-policy.ts';
import { webhookConfiguration } from '../../functions/registration/objects/webhook-configuration.ts';
import type { Template } from '../../functions/template/template.ts';
import type { FleetState } from '../../functions/template-store/cache/fleet-state.ts';
import { mutatingAdmissionPolicy } from '../../infra/cli/export/mutating-admission-policy.ts';
import { anyFleet, anyRequest } from '../support/any-request.ts';
import { celEvaluate, isMatched, type PolicyRequest, variablesOf } from '../support/policy-cel.ts';
import { at, recordOf } from '../support/values.ts';

// Webhook, exported policy, companion policy and registration are made from one table (injection/decide/rules.ts). Here
// each decides about the same Pods, the three in CEL by an interpreter of it; test/real/export-map.test.ts asks a real
// API server the same of fewer Pods.
const RUNS = { numRuns: 4_000 };
/** The reasons of rows that skip before any row chooses. */
const EARLY: readonly string[] = CHOICES.slice(
  0,
  CHOICES.findIndex(({ outcome }) => 'choose' in outcome),
).flatMap(({ outcome }) => ('skip' in outcome ? [outcome.skip] : []));
/** Pods that must come out either way, or the property would show nothing. */
const ENOUGH = 200;

function templateIn({ templates }: FleetState): Template {
  const a = templates.get('a');
  return a ?? expect.fail('there is no template a');
}

/** What the function decides, guards included; undefined where a guard holds. */
function decide({ request, object }: PolicyRequest, state: FleetState): Decision | undefined {
  const guard = guardRequest({ uid: '', name: undefined, dryRun: false, ...request, object });
  return guard === undefined ? decideInjection(recordOf(object), request.namespace, state) : undefined;
}

function injects(decision: Decision | undefined, template: Template): boolean {
  return decision?.verdict === 'inject' && decision.templates.includes(template);
}

/** Asks a property of many Pods; both outcomes must be among them. */
function compare(outcomeOf: (asked: PolicyRequest, state: FleetState) => { webhook: boolean; policy: boolean }): void {
  const seen = { yes: 0, no: 0 };
  fc.assert(
    fc.property(anyRequest, anyFleet, (asked, state) => {
      const { webhook, policy } = outcomeOf(asked, state);
      seen[webhook ? 'yes' : 'no']++;
      expect(policy).toBe(webhook);
    }),
    RUNS,
  );
  expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(ENOUGH);
}

test('the exported policy injects the Pods that the webhook injects', () => {
  compare((asked, state) => {
    const template = templateIn(state);
    const options = { chooser: state.record, failurePolicy: 'Fail', reinvocationPolicy: 'Never' } as const;
    const made = mutatingAdmissionPolicy(template, options);
    const spec = made.valid ? at(made.value[0], 'spec') : expect.fail('the template is not exported');
    const isApplied = isMatched(spec, asked) && isEmpty(at(variablesOf(spec, asked), 'faults'));
    return { webhook: injects(decide(asked, state), template), policy: isApplied };
  });
});

test('the companion policy misses a default template in the Pods that the webhook gives it to', () => {
  compare((asked, fleet) => {
    const state = { ...fleet, record: { ...fleet.record, defaultTemplates: ['a'] } };
    const template = templateIn(state);
    const { hostNetwork, windows } = template.allow;
    const expected = [{ template: 'a', alternatives: [['a']], allow: { hostNetwork, windows } }];
    const spec = at(companionPolicy({ action: 'Deny', record: state.record, expected }), 'spec');
    const decision = decide(asked, state);
    const isDefault = decision?.verdict === 'inject' && decision.choice === 'default';
    return {
      webhook: isDefault && injects(decision, template),
      policy: isMatched(spec, asked) && !isValid(spec, asked),
    };
  });
});

test('the webhook is not called for Pods that it would skip whatever the record says, and for all others', () => {
  const registered = at(webhookConfiguration({ url: 'https://webhook.test/' }), 'webhooks', 0);
  compare((asked, state) => {
    const decision = decide(asked, state);
    const isSkipped = decision === undefined || ('reason' in decision && EARLY.includes(decision.reason));
    return { webhook: !isSkipped, policy: isMatched(registered, asked) };
  });
});

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}

function isValid(spec: unknown, asked: PolicyRequest): boolean {
  const { request, object } = asked;
  const context = { request, object, variables: variablesOf(spec, asked) };
  return celEvaluate(String(at(spec, 'validations', 0, 'expression')), context) === true;
}
