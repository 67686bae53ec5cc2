import { spawn } from "node:child_process";

/**
 * The share of time in which the card had a kernel running while `work` ran, as NVIDIA's driver counts it
 * (`utilization.gpu` of nvidia-smi, sampled each tenth of a second from one second after the start, when the queue has
 * filled, to the end); null where nvidia-smi gives no sample. `work` should last some seconds.
 */
export async function busyShare(work: () => Promise<unknown>): Promise<number | null> {
  const samples: { at: number; percent: number }[] = [];
  const query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-lms", "100"];
  const smi = spawn("nvidia-smi", query, { stdio: ["ignore", "pipe", "ignore"] });
  smi.on("error", () => {});
  smi.stdout.on("data", (chunk) => {
    const at = performance.now();
    for (const line of String(chunk).split("\n"))
      if (line.trim() !== "" && Number.isFinite(+line)) samples.push({ at, percent: +line });
  });
  const began = performance.now();
  try {
    await work();
  } finally {
    smi.kill("SIGKILL");
  }
  const ended = performance.now();
  const during = samples.filter(({ at }) => at > began + 1000 && at < ended);
  return during.length === 0 ? null : during.reduce((sum, s) => sum + s.percent, 0) / during.length / 100;
}
