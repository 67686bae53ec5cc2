import { readFile } from "node:fs/promises";
import { atomicWrite, atomicWriteBy } from "../files/atomic-write.js";
import { howToBuild } from "../how-to-run.js";
import { checkMatrix, type Matrix } from "../matrix.js";
import { requirePackage } from "../package-root.js";

/** What is used of hnswlib-node 3. */
interface HnswIndex {
  initIndex(options: { maxElements: number; m: number; efConstruction: number; randomSeed: number }): void;
  addPoint(point: number[], label: number): void;
  setEf(ef: number): void;
  searchKnn(point: number[], k: number): { neighbors: number[]; distances: number[] };
  writeIndex(path: string): Promise<boolean>;
  readIndex(path: string): Promise<boolean>;
  getCurrentCount(): number;
}
interface Hnsw {
  HierarchicalNSW: new (space: "l2", dimensions: number) => HnswIndex;
}

/**
 * A hierarchical navigable small-world graph of the rows of a matrix (Malkov & Yashunin 2018) that can be kept on disk:
 * built once in n log n, it answers each query in microseconds. `hnswlib-node` does the work (f32, M 16, ef 200 at
 * both ends) and is an optional dependency: without it this fails with the line that installs it.
 */
export class NeighbourIndex {
  private constructor(
    private readonly index: HnswIndex,
    readonly rows: number,
    readonly dimensions: number,
  ) {}

  static async build(
    x: Matrix,
    { onProgress, signal }: { onProgress?: (done: number) => void; signal?: AbortSignal } = {},
  ): Promise<NeighbourIndex> {
    checkMatrix(x, "NeighbourIndex: X");
    const [n, d] = x.shape;
    const index = new (loadHnsw(n).HierarchicalNSW)("l2", d);
    index.initIndex({ maxElements: n, m: 16, efConstruction: 200, randomSeed: 100 });
    for (let i = 0; i < n; i++) {
      if (i % 1000 === 0) {
        signal?.throwIfAborted();
        onProgress?.(i);
        await new Promise((resume) => setImmediate(resume));
      }
      index.addPoint(Array.from(x.data.subarray(i * d, (i + 1) * d)), i);
    }
    return new NeighbourIndex(index, n, d);
  }

  /** The `k` nearest rows found, nearest first, with squared distances; of equals the lower rows first. */
  search(point: ArrayLike<number>, k: number): { row: number; square: number }[] {
    if (point.length !== this.dimensions)
      throw new Error(
        `NeighbourIndex: the query has ${point.length} values where the rows have ${this.dimensions}.`,
      );
    this.index.setEf(Math.max(200, 2 * k));
    const { neighbors, distances } = this.index.searchKnn(Array.from(point), Math.min(k, this.rows));
    return neighbors
      .map((row, s) => ({ row, square: distances[s] }))
      .sort((a, b) => a.square - b.square || a.row - b.row);
  }

  /** Writes the graph to `path`, and to `path`.json what it is; the latter last. */
  async save(path: string): Promise<void> {
    await atomicWriteBy(path, async (temporary) => {
      await this.index.writeIndex(temporary);
      // The library does not say when the disk was full: what is there is read back before it gets the name.
      await new (loadHnsw(this.rows).HierarchicalNSW)("l2", this.dimensions)
        .readIndex(temporary)
        .catch((cause) => {
          throw Object.assign(new Error("the index is not whole", { cause }), { code: "ENOSPC" });
        });
    });
    const { rows, dimensions } = this;
    await atomicWrite(
      `${path}.json`,
      `${JSON.stringify({ format: "latent-sky index 1", rows, dimensions })}\n`,
    );
  }

  static async load(path: string): Promise<NeighbourIndex> {
    const text = await readFile(`${path}.json`, "utf8").catch((cause) => {
      throw new Error(`There is no whole neighbour index at ${path}; build and save it again.`, { cause });
    });
    const { format, rows, dimensions } = JSON.parse(text) as {
      format: string;
      rows: number;
      dimensions: number;
    };
    if (format !== "latent-sky index 1") throw new Error(`${path} is no neighbour index of this version.`);
    const index = new (loadHnsw(rows).HierarchicalNSW)("l2", dimensions);
    await index.readIndex(path).catch((cause) => {
      throw new Error(`The neighbour index ${path} cannot be read: ${cause.message}.`, { cause });
    });
    if (index.getCurrentCount() !== rows)
      throw new Error(
        `The neighbour index ${path} holds ${index.getCurrentCount()} rows, not ${rows}; build it again.`,
      );
    return new NeighbourIndex(index, rows, dimensions);
  }
}

function loadHnsw(rows: number): Hnsw {
  try {
    return requirePackage("hnswlib-node") as Hnsw;
  } catch (cause) {
    throw new Error(
      `${rows} rows are too many for the exact neighbour search and the approximate one, hnswlib-node, is not built; run "${howToBuild}" with a C++ compiler installed, or raise exactLimit.`,
      { cause },
    );
  }
}
