import type ts from "typescript";

/**
 * A cell pasted from a module: `export` before a declaration is blanked out, since in a notebook every variable is
 * there for later cells anyway. Positions stay as they are. `compiler` is the TypeScript that cells are compiled with.
 */
export function withoutExports(code: string, compiler: typeof ts): string {
  if (!/\bexport\b/.test(code)) return code;
  const source = compiler.createSourceFile("cell.ts", code, compiler.ScriptTarget.ES2022, true);
  let result = code;
  for (const statement of source.statements) {
    if (!compiler.canHaveModifiers(statement)) continue;
    const modifiers = compiler.getModifiers(statement) ?? [];
    if (modifiers.some((m) => m.kind === compiler.SyntaxKind.DefaultKeyword)) continue;
    const word = modifiers.find((m) => m.kind === compiler.SyntaxKind.ExportKeyword);
    if (!word) continue;
    const start = word.getStart(source);
    result = result.slice(0, start) + " ".repeat(word.end - start) + result.slice(word.end);
  }
  return result;
}
