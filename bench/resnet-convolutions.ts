/** A convolution of ResNet-18 on square images of `side` pixels, padded so that stride 1 keeps the side. */
export interface ResnetConvolution {
  inputs: number;
  outputs: number;
  kernel: number;
  stride: number;
  side: number;
  /** How often it stands in the network. */
  count: number;
}

export const PASSES = ["forward", "data", "weights"] as const;
export type Pass = (typeof PASSES)[number];

/** The different convolutions of ResNet-18 for images of `size` pixels, in the order of the network. */
export function resnetConvolutions(size: number): ResnetConvolution[] {
  const stem = { inputs: 3, outputs: 64, kernel: 7, stride: 2, side: size, count: 1 };
  let side = half(half(size));
  const list = [stem, { inputs: 64, outputs: 64, kernel: 3, stride: 1, side, count: 4 }];
  for (const outputs of [128, 256, 512]) {
    const first = { inputs: outputs / 2, outputs, stride: 2, side, count: 1 };
    side = half(side);
    list.push({ ...first, kernel: 3 }, { ...first, kernel: 1 });
    list.push({ inputs: outputs, outputs, kernel: 3, stride: 1, side, count: 3 });
  }
  return list;
}

/** GFLOP of one image in one pass. */
export function gflop({ inputs, outputs, kernel, stride, side }: ResnetConvolution): number {
  const to = stride === 2 ? half(side) : side;
  return (2 * to * to * inputs * outputs * kernel * kernel) / 1e9;
}

/** How often a BYOL step computes each pass: two views through the target, forward only, and the online network. */
export function callsInStep({ inputs, count }: ResnetConvolution, pass: Pass): number {
  if (pass === "forward") return 2 * count;
  return pass === "data" && inputs === 3 ? 0 : count;
}

/** GFLOP of a BYOL step's convolutions for each image, of which there are two views. */
export function stepGflop(size: number): number {
  const calls = PASSES.flatMap((pass) =>
    resnetConvolutions(size).map((c) => callsInStep(c, pass) * gflop(c)),
  );
  return 2 * calls.reduce((a, b) => a + b);
}

/** GFLOP of the convolutions behind one image's features. */
export function featuresGflop(size: number): number {
  return resnetConvolutions(size).reduce((sum, c) => sum + c.count * gflop(c), 0);
}

function half(n: number): number {
  return Math.floor((n - 1) / 2) + 1;
}
