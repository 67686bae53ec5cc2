import type ts from "typescript";

type Documented = ts.Node & { jsDoc?: (ts.Node & { parent: ts.Node })[] };

/**
 * Documentation comments of declaration files, read when a hover asks for them and not with the file: they are most of
 * the text of Node's and the language's declarations, and 40 % of the time it takes to read these. The compiler calls
 * both methods, see patched-tslab.
 */
export class LateDocs {
  compiler: typeof ts | null = null;
  private reading = false;
  private readonly done = new WeakSet<ts.SourceFile>();

  /** Whether the parser passes over the comments of this file. */
  skips(file: string): boolean {
    return !this.reading && (file.endsWith(".d.ts") || file.endsWith(".d.mts"));
  }

  /** Gives the files of these declarations the comments they lack. */
  read(declarations: readonly ts.Declaration[] | undefined): void {
    for (const declaration of declarations ?? []) {
      const file = declaration.getSourceFile();
      if (this.done.has(file) || !this.skips(file.fileName) || !this.compiler) continue;
      this.done.add(file);
      this.reading = true;
      try {
        const { fileName, text, languageVersion } = file;
        give(this.compiler, file, this.compiler.createSourceFile(fileName, text, languageVersion, true));
      } finally {
        this.reading = false;
      }
    }
  }
}

/** Two trees of one text have the same nodes in the same order. */
function give({ forEachChild }: typeof ts, to: Documented, from: Documented): void {
  if (from.jsDoc?.length) {
    to.jsDoc = from.jsDoc;
    for (const comment of from.jsDoc) comment.parent = to;
  }
  const children: ts.Node[] = [];
  forEachChild(from, (child) => void children.push(child));
  let at = 0;
  forEachChild(to, (child) => give({ forEachChild } as typeof ts, child, children[at++]));
}
