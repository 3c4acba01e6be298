import ts from 'typescript';
import type { Meaning } from '../../functions/json/schema/json-schema.ts';
import type { Schema } from '../../functions/json/schema/schema.ts';

/**
 * The comments above the fields of an exported schema, as TypeScript sees them; empty where there is none.
 *
 * @param file absolute path of the module
 */
export function fieldComments(file: string, name: string, schema: Schema): Meaning {
  const program = ts.createProgram([file], {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: [] },
    ...{ target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.NodeNext },
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  const exported = module === undefined ? undefined : checker.tryGetMemberInModuleExports(name, module);
  if (exported === undefined) throw new Error(`${file} exports no ${name}`);
  const comments = new Map<Schema, ReadonlyMap<string, string>>();

  /** Walks a schema and its type side by side. */
  function read(part: Schema, type: ts.Type): void {
    const step = (of: ts.Type, key: string): ts.Type => {
      const property = checker.getPropertyOfType(of, key);
      if (property === undefined) throw new Error(`the type of a ${part.kind} has no ${key}`);
      return checker.getTypeOfSymbol(property);
    };
    if (part.kind === 'list') read(part.item, step(type, 'item'));
    if (part.kind === 'map') read(part.value, step(type, 'value'));
    if (part.kind !== 'object' && part.kind !== 'choice') return;
    const inner: Readonly<Record<string, Schema>> = part.kind === 'object' ? part.fields : part.members;
    const holder = step(type, part.kind === 'object' ? 'fields' : 'members');
    const said = new Map<string, string>();
    for (const [key, field] of Object.entries(inner)) {
      const comment = checker.getPropertyOfType(holder, key)?.getDocumentationComment(checker) ?? [];
      said.set(key, ts.displayPartsToString(comment).replaceAll(/\s+/g, ' '));
      read(field, step(holder, key));
    }
    comments.set(part, said);
  }

  read(schema, checker.getTypeOfSymbol(exported));
  return (holder, key) => comments.get(holder)?.get(key) ?? '';
}
