/** One thing that lint has to say. Errors keep a template from being published, warnings do not. */
export interface Finding {
  readonly level: 'error' | 'warning';
  /** A stable word for machines, e.g. `literal-secret`. */
  readonly rule: string;
  readonly path: string;
  readonly message: string;
}

/** A finding that keeps a template from being published. */
export function error(rule: string, path: string, message: string): Finding {
  return { level: 'error', rule, path, message };
}

/** A finding that its author should think about. */
export function warning(rule: string, path: string, message: string): Finding {
  return { level: 'warning', rule, path, message };
}
