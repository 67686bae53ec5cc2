import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { startEngine } from "../../lib/engine/engine.js";
import { byolViews } from "../../lib/nn/byol-augment.js";
import { ByolNetworks } from "../../lib/nn/byol-networks.js";
import { ByolOptimiser } from "../../lib/nn/byol-optimiser.js";
import { resnet18 } from "../../lib/nn/resnet18.js";
import { Random } from "../../lib/random.js";

/**
 * losses.ts FILE [BACKEND]: the losses of the first fifty steps of a training run, on 32 new disks on a noisy sky each
 * step (64 px), the full network, in f32 and in bf16. Where FILE is there, the largest relative difference from its
 * losses is printed; else FILE is written. Made on a CPU and carried to a card, it tells whether both train alike. It is
 * f32 that tells: the first steps of Adam enlarge whatever is rounded, so that two engines in bf16 are as far apart as
 * each is from f32, and both together.
 */
const steps = 50;
const batch = 32;
const size = 64;
const precisions = ["f32", "bf16"] as const;

interface Run {
  engine: string;
  losses: number[];
}

async function main(): Promise<void> {
  const [file, backend = "auto"] = process.argv.slice(2);
  const made: Partial<Record<(typeof precisions)[number], Run>> = {};
  for (const precision of precisions) made[precision] = await losses(backend as "auto", precision);
  const far = (a: Run, b: Run): string => {
    const apart = a.losses.map((loss, i) => Math.abs(loss - b.losses[i]) / b.losses[i]);
    const worst = Math.max(...apart);
    return `${steps} losses of ${a.engine} against ${b.engine}: ${(100 * worst).toFixed(2)} % apart at most (step ${apart.indexOf(worst) + 1})`;
  };
  console.log(far(made.bf16!, made.f32!));
  if (!existsSync(file)) {
    writeFileSync(file, `${JSON.stringify(made)}\n`);
    console.log(`${file} written`);
    return;
  }
  const other = JSON.parse(readFileSync(file, "utf8")) as typeof made;
  for (const precision of precisions) console.log(far(made[precision]!, other[precision]!));
}

async function losses(backend: "auto", precision: "f32" | "bf16"): Promise<Run> {
  const info = await startEngine({ backend, precision });
  const networks = new ByolNetworks(resnet18(), { hiddenSize: 4096, projectionSize: 256 }, 0);
  await networks.copyToTarget();
  const optimiser = new ByolOptimiser(networks, { learningRate: 1e-4, tau: 0.99 });
  const shape: [number, number, number, number] = [batch, size, size, 3];
  const values: number[] = [];
  for (let step = 0; step < steps; step++) {
    const random = new Random(7).fork(`step ${step}`);
    const images = disks(random.fork("images"));
    const views = byolViews(shape, size, [random.fork("first"), random.fork("second")]);
    values.push(await optimiser.train({ images, shape, views, size }));
  }
  optimiser.dispose();
  networks.dispose();
  return { engine: `${info.backend}, ${info.device}, ${info.precision}`, losses: values };
}

/** Elliptical disks with an exponential profile on a noisy sky: small pictures of galaxies, [batch, size, size, 3]. */
function disks(random: Random): Uint8Array {
  const out = new Uint8Array(batch * size * size * 3);
  for (let n = 0; n < batch; n++) {
    const angle = random.uniform(0, Math.PI);
    const [scale, axis] = [random.uniform(3, 9), random.uniform(0.3, 1)];
    const colour = [0, 1, 2].map(() => random.uniform(0.6, 1));
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const [dx, dy] = [x - size / 2, y - size / 2];
        const along = dx * Math.cos(angle) + dy * Math.sin(angle);
        const across = (dy * Math.cos(angle) - dx * Math.sin(angle)) / axis;
        const light = 220 * Math.exp(-Math.hypot(along, across) / scale) + random.uniform(5, 25);
        for (let c = 0; c < 3; c++)
          out[((n * size + y) * size + x) * 3 + c] = Math.min(255, Math.round(light * colour[c]));
      }
  }
  return out;
}

await main();
