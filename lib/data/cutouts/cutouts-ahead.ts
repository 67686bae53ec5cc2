import { WorkerPool } from "../../worker-pool.js";
import type { PixelImage } from "../images/image.js";
import type { LuptonOptions } from "../images/lupton.js";
import type { CutoutPlace } from "./place-sources.js";
import type { TilePlace } from "./survey-tile.js";
import { type TilePass, type TilePassPixels, work } from "./tile-pass.js";

/** Images asked for one after the other from which on whole passes are worth their while. */
const RUN = 24;
/** How far from the last one an image may be and still be the next: several are asked for at once. */
const NEAR = 64;
/** Bytes of the cutouts of a pass, and of all that are in hand. */
const PASS_BYTES = 32 << 20;
const ALL_BYTES = 192 << 20;
/** Pixels from which on threads, which take half a second to start, are worth their while; a colour counts tenfold. */
const MANY = 2e8;

/** How often threads are started anew in one process: what kills them again and again is not chance. */
const RESTARTS = 3;

/** Threads that cut for every dataset of this process; they start when first needed, and do not keep it alive. */
let pool: WorkerPool<TilePass, TilePassPixels> | null = null;
let died = 0;

/** The threads, started anew where one of them died; null once that has happened too often. Each death is said. */
function cutters(threads: number): WorkerPool<TilePass, TilePassPixels> | null {
  if (pool?.failure && died <= RESTARTS) {
    died++;
    const then =
      died > RESTARTS
        ? "Sources are cut out without threads from here on, which is slower; their pixels are the same."
        : "The threads are started again.";
    console.warn(`A thread that cuts sources out of tiles died: ${pool.failure.message} ${then}`);
    void pool.close();
    if (died <= RESTARTS) pool = null;
  }
  if (died > RESTARTS) return null;
  pool ??= new WorkerPool("data/cutouts/tile-pass", null, threads);
  return pool;
}

/** Cuts out a pass in a thread, or here where there are none. */
async function cut(pass: TilePass, threads: number): Promise<TilePassPixels> {
  for (;;) {
    const there = threads > 1 ? cutters(threads) : null;
    if (!there) return work(pass);
    try {
      return await there.run(pass);
    } catch (error) {
      // A pass fails for its own reason, or because the threads are gone: then it is given to others.
      if (error !== there.failure) throw error;
    }
  }
}

interface Pass {
  /** Its first cutout. */
  from: number;
  /** Where each cutout begins, in pixels. */
  offsets: Float64Array;
  pixels: Promise<TilePassPixels>;
}

/**
 * Cutouts asked for in their order, as whoever goes through a dataset does, come from passes over the tiles that run
 * ahead in worker threads (`tile-pass`); one asked for by itself is left to be read by itself.
 */
export class CutoutsAhead {
  private readonly passes = new Map<number, Pass>();
  /** The first cutout of each pass, and the number of all. */
  private readonly starts: number[];
  private readonly inThreads: boolean;
  private last = -1;
  private run = 0;
  bytesRead = 0;

  constructor(
    private readonly tiles: readonly TilePlace[],
    private readonly places: readonly CutoutPlace[],
    private readonly options: {
      lupton?: LuptonOptions;
      /** Pixels that the cutouts of each tile cover. */
      wanted: ReadonlyMap<number, number>;
      threads: number;
    },
  ) {
    const { threads } = options;
    const bands = tiles[places[0]?.tile]?.bands.length ?? 1;
    this.starts = startsOf(places, bands, Math.min(PASS_BYTES, ALL_BYTES / (threads + 2)));
    const pixels = places.reduce((sum, { side }) => sum + side * side, 0) * (bands === 3 ? 10 : 1);
    this.inThreads = threads > 1 && (pool !== null || pixels >= MANY);
  }

  /** The pixels of cutout `i`; null where it is to be read by itself. */
  async image(i: number): Promise<PixelImage | null> {
    this.run = Math.abs(i - this.last) <= NEAR ? this.run + 1 : 0;
    this.last = i;
    if (this.run < RUN) return null;
    const p = this.passOf(i);
    const last = Math.min(this.starts.length - 2, p + (this.inThreads ? this.options.threads : 0));
    for (let ahead = p; ahead <= last; ahead++)
      if (!this.passes.has(ahead)) this.passes.set(ahead, this.begin(ahead));
    for (const old of this.passes.keys()) if (old < p - 1 || old > last) this.passes.delete(old);
    const { from, offsets, pixels } = this.passes.get(p)!;
    // What is wrong with a tile is told by reading this one by itself.
    const all = await pixels.catch(() => null);
    if (!all) return null;
    const { side } = this.places[i];
    const [begin, end] = [offsets[i - from], offsets[i - from + 1]];
    // A copy: whoever keeps one image must not keep all of its pass.
    if (all.kind === "rgb")
      return { data: all.data.slice(3 * begin, 3 * end), width: side, height: side, channels: 3 };
    const floats = all.kind === "float64" ? Float64Array : Float32Array;
    const view = new floats(all.data.buffer as ArrayBuffer, begin * floats.BYTES_PER_ELEMENT, end - begin);
    return { data: view.slice(), width: side, height: side, channels: 1 };
  }

  close(): void {
    this.passes.clear();
  }

  private passOf(i: number): number {
    let [low, high] = [0, this.starts.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.starts[middle] <= i) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private begin(p: number): Pass {
    const [from, to] = [this.starts[p], this.starts[p + 1]];
    const places = this.places.slice(from, to);
    const { tile } = places[0];
    const { lupton, wanted, threads } = this.options;
    const column = (name: "ra" | "dec" | "x" | "y") => Float64Array.from(places, (place) => place[name]);
    const pass: TilePass = {
      tile: this.tiles[tile],
      ra: column("ra"),
      dec: column("dec"),
      x: column("x"),
      y: column("y"),
      side: Int32Array.from(places, (place) => place.side),
      lupton,
      wanted: wanted.get(tile) ?? 0,
    };
    const offsets = new Float64Array(places.length + 1);
    for (const [k, { side }] of places.entries()) offsets[k + 1] = offsets[k] + side * side;
    const pixels = cut(pass, this.inThreads ? threads : 1);
    pixels.then(
      ({ bytesRead }) => {
        this.bytesRead += bytesRead;
      },
      () => {},
    );
    return { from, offsets, pixels };
  }
}

/** Where passes begin: each within a tile, none with more than `bytes` of pixels. */
function startsOf(places: readonly CutoutPlace[], bands: number, bytes: number): number[] {
  const starts: number[] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const [i, { tile, side }] of places.entries()) {
    const size = (bands === 3 ? 3 : 4) * side * side;
    if (held + size > bytes || tile !== places[i - 1]?.tile) {
      starts.push(i);
      held = 0;
    }
    held += size;
  }
  starts.push(places.length);
  return starts;
}
