import ts from 'typescript';

/** What starts a clock or reads one, as it stands in the code. */
const CLOCKS = new Set([
  ...['AbortSignal.timeout', 'Date.now', 'performance.now', 'process.hrtime', 'process.hrtime.bigint'],
  ...['setTimeout', 'setInterval', 'globalThis.setTimeout', 'globalThis.setInterval'],
]);

/** Functions whose callback runs while the file is loaded: all files and all set-up come after that. */
const SUITES = /^(?:describe|suite|describeReal)(?:\.|$)/;

/**
 * Each clock that starts while the file is loaded: at module level, in a suite's own body or in a function that is called
 * on the spot. Such a clock runs while set-up compiles Kubernetes or waits for a server; what it is meant for comes later.
 * Answers `LINE: CODE` of each.
 */
export function moduleClocks(name: string, text: string): readonly string[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isClock(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      found.push(`${line + 1}: ${node.getText(file).split('\n')[0]}`);
    }
    if (!runsLater(node)) ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isClock(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) return node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0;
  return ts.isCallExpression(node) && CLOCKS.has(node.expression.getText());
}

/** Whether what stands inside runs only when it is called: a function, or a field of an instance. */
function runsLater(node: ts.Node): boolean {
  if (ts.isPropertyDeclaration(node)) return !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
  return ts.isFunctionLike(node) && !runsAtOnce(node);
}

/** Whether a function runs where it stands: a suite's body, or called as it is written. */
function runsAtOnce(node: ts.Node): boolean {
  const outside = ts.isParenthesizedExpression(node.parent) ? node.parent : node;
  const { parent } = outside;
  if (!ts.isCallExpression(parent)) return false;
  return parent.expression === outside || SUITES.test(calledName(parent.expression));
}

/** `describe` of `describe.each(rows)` too. */
function calledName(expression: ts.Expression): string {
  return ts.isCallExpression(expression) ? calledName(expression.expression) : expression.getText();
}
