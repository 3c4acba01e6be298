import ts from 'typescript';
import { expect, test } from 'vitest';
import { sourceFiles } from './source-files.ts';

/** Exported names without a docstring. */
function undocumentedIn(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const bare: string[] = [];
  for (const statement of source.statements) {
    const isExported = ts.canHaveModifiers(statement)
      ? ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      : false;
    if (!isExported || isOverloadAfterTheFirst(statement)) continue;
    const comments = ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? [];
    if (!comments.some(({ pos }) => text.startsWith('/**', pos))) bare.push(`${path}: ${nameOf(statement)}`);
  }
  return bare;
}

/** One docstring serves all overloads of a function. */
function isOverloadAfterTheFirst(statement: ts.Statement): boolean {
  if (!ts.isFunctionDeclaration(statement)) return false;
  const first = statement
    .getSourceFile()
    .statements.find((other) => ts.isFunctionDeclaration(other) && other.name?.text === statement.name?.text);
  return first !== statement;
}

function nameOf(statement: ts.Statement): string {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText()).join(', ');
  }
  const name = ts.getNameOfDeclaration(statement as ts.DeclarationStatement);
  return name?.getText() ?? statement.getText().slice(0, 40);
}

test('every exported name of functions/ and infra/ has a docstring', () => {
  const files = [...sourceFiles('functions'), ...sourceFiles('infra')];
  expect(files.length).toBeGreaterThan(300);
  expect(files.flatMap(({ path, text }) => undocumentedIn(path, text))).toEqual([]);
});

test('a name without one is found', () => {
  const text =
    "/** Said. */\nexport const said = 1;\nexport function bare(): void {}\nexport type { A } from './a.ts';\n";
  expect(undocumentedIn('x.ts', text)).toEqual(['x.ts: bare']);
});
