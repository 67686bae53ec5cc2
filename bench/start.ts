import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KernelClient } from "../environment/runner/kernel-client.js";
import { median } from "../lib/median.js";
import type { BenchOptions, BenchRow } from "./bench-row.js";

const first = `import { mockSurvey, openDataset } from "./lib/index.js";
const mock = await openDataset(await mockSurvey({ size: 8, imageSize: 64, seed: 1 }));
console.log(mock.length);`;
const figure = `import { show } from "./lib/index.js";
await show({ data: [{ type: "bar", y: [mock.length] }], layout: {} }, { name: "bench-start" });`;

/**
 * What a person waits for who opens a notebook: from the kernel's start to the first result, which imports lib; then
 * small cells, and a first figure as it appears in a page. The mock survey is drawn already, as after the first run.
 */
export async function run({ repeats = 5 }: BenchOptions): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "latent-sky-bench-start-"));
  const env = { LATENT_SKY_OUT: join(folder, "out"), LATENT_SKY_CACHE: join(folder, "cache") };
  const seconds: Record<"kernel" | "result" | "small" | "figure", number[]> = {
    kernel: [],
    result: [],
    small: [],
    figure: [],
  };
  try {
    for (let round = 0; round <= repeats; round++) {
      const started = performance.now();
      const since = (from = started) => (performance.now() - from) / 1000;
      const kernel = await KernelClient.start(env);
      const ready = since();
      const cell = async (code: string, seen = (_type: string) => {}) => {
        const from = performance.now();
        const { status } = await kernel.execute(code, ({ type }) => seen(type));
        if (status !== "ok") throw new Error(`bench start: a cell ended with "${status}": ${code}`);
        return since(from);
      };
      await cell(first);
      const result = since();
      const small: number[] = [];
      for (let i = 0; i < 10; i++) small.push(await cell(`const small${i} = ${i} + 1;`));
      const from = performance.now();
      let shown = 0;
      await cell(figure, (type) => {
        if (type === "display_data") shown ||= since(from);
      });
      await kernel.shutdown();
      if (round === 0) continue; // draws the mock survey and fills the disk's cache
      seconds.kernel.push(ready);
      seconds.result.push(result);
      seconds.small.push(median(small));
      seconds.figure.push(shown);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const row = (stage: string, of: keyof typeof seconds, unit: "s" | "ms", target: string): BenchRow => ({
    stage,
    ours: median(seconds[of]) * (unit === "ms" ? 1000 : 1),
    peer: null,
    unit,
    ratio: null,
    target,
  });
  return [
    row("kernel answers", "kernel", "s", ""),
    row("kernel's start to the first result", "result", "s", "<= 3 s"),
    row("a small cell", "small", "ms", "< 60 ms"),
    row("a first figure, in the cell after", "figure", "s", "<= 5 s with the start"),
  ];
}
