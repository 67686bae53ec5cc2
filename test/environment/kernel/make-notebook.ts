import { writeFile } from "node:fs/promises";

/** Writes a notebook of code cells, as Jupyter would save it before it was ever run. */
export async function makeNotebook(path: string, cells: string[]): Promise<string> {
  const notebook = {
    cells: cells.map((source, i) => ({
      cell_type: "code",
      id: `cell-${i + 1}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source: source.split(/(?<=\n)/),
    })),
    metadata: {
      kernelspec: { name: "latent-sky", display_name: "TypeScript (latent-sky)", language: "typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  await writeFile(path, JSON.stringify(notebook));
  return path;
}
