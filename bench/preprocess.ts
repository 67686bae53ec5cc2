import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { drawGalaxy } from "../lib/data/mock/galaxy-population.js";
import { renderGalaxy } from "../lib/data/mock/render-galaxy.js";
import { openDataset } from "../lib/data/open-dataset.js";
import { median } from "../lib/median.js";
import { preprocess } from "../lib/preprocess/preprocess.js";
import type { BenchRow } from "./bench-row.js";
import { PythonPeer } from "./python-peer.js";

/** Different images: each is preprocessed once a round. */
const IMAGES = 512;
const ROUNDS = 3;
/** Images of the two surveys whose memory is compared. */
const SURVEYS = [2000, 20_000];

const execute = promisify(execFile);

/**
 * Section 2.1, 424 px JPEG -> 300 px, images from a folder: `preprocess` with its worker threads and its file of
 * results, started afresh in every round, against astropy + OpenCV + Pillow in one process a core (and, for the note,
 * in a single one) that keeps its results in memory and is already warm.
 */
export async function run(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "latent-sky-bench-"));
  const usualCache = process.env.LATENT_SKY_CACHE;
  let peer: PythonPeer | null = null;
  try {
    const images = join(folder, "images");
    await writeImages(images);
    peer = new PythonPeer("bench/peers/preprocess.py", [images]);
    const ours: number[] = [];
    const serial: number[] = [];
    const parallel: number[] = [];
    let cores = 0;
    for (let round = 0; round < ROUNDS; round++) {
      process.env.LATENT_SKY_CACHE = join(folder, `cache-${round}`);
      const dataset = await openDataset(images);
      const start = performance.now();
      const { stack } = await preprocess(dataset, { size: 300 });
      ours.push((performance.now() - start) / IMAGES);
      await stack.close();
      await dataset.close();
      const answer = await peer.run("parallel");
      cores = answer.cores as number;
      parallel.push((1000 * answer.seconds) / IMAGES);
      serial.push((1000 * (await peer.run("serial")).seconds) / IMAGES);
    }
    const [mine, theirs, alone] = [ours, parallel, serial].map(median);
    const peaks: number[] = [];
    for (const count of SURVEYS) peaks.push(await peakMemory(images, count, join(folder, "memory")));
    return [
      {
        stage: "preprocessing, 424 px JPEG -> 300 px",
        ours: mine,
        peer: theirs,
        unit: "ms an image",
        ratio: theirs / mine,
        target: ">= 3x",
        note: `${availableParallelism()} threads against ${cores} processes; one Python process takes ${alone.toFixed(1)} ms, ${(alone / mine).toFixed(1)}x`,
      },
      {
        stage: `preprocessing, peak memory of ${SURVEYS[1]} images over that of ${SURVEYS[0]}`,
        ours: peaks[1] / peaks[0],
        peer: null,
        unit: "",
        ratio: null,
        target: "flat",
        note: `MB of the process: ${SURVEYS.map((n, i) => `${n}: ${peaks[i].toFixed(0)}`).join(", ")}`,
      },
    ];
  } finally {
    peer?.stop();
    if (usualCache === undefined) delete process.env.LATENT_SKY_CACHE;
    else process.env.LATENT_SKY_CACHE = usualCache;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function peakMemory(images: string, count: number, cache: string): Promise<number> {
  const { stdout } = await execute(
    process.execPath,
    ["--import", "tsx", "bench/preprocess-memory.ts", images, String(count)],
    { env: { ...process.env, LATENT_SKY_CACHE: cache } },
  );
  // Gigabytes of pixels: they need not wait for the end.
  rmSync(cache, { recursive: true, force: true });
  return (JSON.parse(stdout) as { megabytes: number }).megabytes;
}

async function writeImages(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < IMAGES; i++) {
    const { data, width, height } = renderGalaxy({ ...drawGalaxy(3, i), artefact: null });
    await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 92 })
      .toFile(join(folder, `g${String(i).padStart(4, "0")}.jpg`));
  }
}
