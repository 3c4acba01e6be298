import { evaluate } from './condition/evaluate.ts';
import type { Condition } from './condition/parse.ts';
import { ConditionError, isNoData, type Value } from './condition/values.ts';
import type { MeasurementPhase } from './metric-state.ts';

/** The conditions of a metric. */
export interface Conditions {
  readonly success?: Condition;
  readonly failure?: Condition;
}

/** A measurement's phase, and for people why it is not `Successful` or `Failed`. */
export interface Assessed {
  readonly phase: MeasurementPhase;
  readonly message?: string;
}

const NO_DATA: Assessed = { phase: 'Inconclusive', message: 'no data' };

/**
 * Assesses what a provider returned. As Argo's evaluate.go does, but for what has no data: there Argo finds an error, or, of
 * a number that is none, a failure; here that is inconclusive.
 *
 * | success | failure | phase |
 * |---|---|---|
 * | | true | Failed |
 * | | cannot be told | Inconclusive |
 * | true | false or none | Successful |
 * | false | none | Failed |
 * | false | false | Inconclusive |
 * | none | false | Successful |
 * | cannot be told | false or none | Inconclusive |
 * | none | none | Successful, where there is any data |
 */
export function assess(result: Value, conditions: Conditions): Assessed {
  try {
    return assessed(result, conditions);
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return isNoData(result) ? NO_DATA : { phase: 'Error', message: error.message };
  }
}

function assessed(result: Value, { success, failure }: Conditions): Assessed {
  const succeeds = success === undefined ? undefined : evaluate(success, result);
  if (failure === undefined) {
    if (success !== undefined) return byOne(succeeds, 'Successful', 'Failed');
    return isNoData(result) ? NO_DATA : { phase: 'Successful' };
  }
  const fails = evaluate(failure, result);
  if (fails === true || success === undefined) return byOne(fails, 'Failed', 'Successful');
  if (fails === undefined || succeeds === undefined) return NO_DATA;
  return succeeds ? { phase: 'Successful' } : { phase: 'Inconclusive', message: 'neither condition is true' };
}

function byOne(truth: boolean | undefined, ifTrue: MeasurementPhase, ifFalse: MeasurementPhase): Assessed {
  return truth === undefined ? NO_DATA : { phase: truth ? ifTrue : ifFalse };
}
