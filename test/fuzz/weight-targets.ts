import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { unzipSync, zipSync } from "fflate";
import { numpyGlobals } from "../../lib/data/pickle/numpy-pickle.js";
import { unpickle } from "../../lib/data/pickle/pickle.js";
import type { TensorMap } from "../../lib/nn/host-tensor.js";
import { readSafetensors, writeSafetensors } from "../../lib/nn/safetensors.js";
import { readTorchFile } from "../../lib/nn/torch-file.js";
import { type MakeTarget, must, sumOf } from "./target.js";

/** Every tensor that is accepted has as many values as its shape says. */
function tensorSum(tensors: TensorMap): string {
  for (const [name, { shape, data }] of tensors)
    must(
      data.length === shape.reduce((a, b) => a * b, 1),
      `${name} has ${data.length} values of ${shape.join(" x ")}`,
    );
  return sumOf([...tensors].map(([name, { shape, data }]) => [name, [...shape], data]));
}

const directory = "test/reference/nn-files";
const kinds: { read: Record<string, { files: string[] }> } = JSON.parse(
  readFileSync("test/reference/nn-tensor-kinds.json", "utf8"),
);
const torchFiles = () => [
  ...readdirSync(directory)
    .map((name) => readFileSync(join(directory, name)))
    .filter((bytes) => bytes.length < 5000),
  ...Object.values(kinds.read).flatMap(({ files }) =>
    files.map((f) => inflateSync(Buffer.from(f, "base64"))),
  ),
];
const isZip = (bytes: Buffer) => bytes.subarray(0, 2).toString() === "PK";

/** Weights, and the pickles within them. */
export const weightTargets: Record<string, MakeTarget> = {
  async safetensors(folder) {
    const path = join(folder, "w.safetensors");
    const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => i / 3);
    const tensors = new Map([
      ["a.weight", { shape: [3, 4], data: ramp(12) }],
      ["b", { shape: [5], data: ramp(5) }],
      ["c", { shape: [], data: ramp(1) }],
    ]);
    await writeSafetensors(path, tensors, { epoch: "3" });
    return {
      seeds: [readFileSync(path)],
      isText: true,
      async run(bytes) {
        writeFileSync(path, bytes);
        return tensorSum((await readSafetensors(path)).tensors);
      },
    };
  },
  async torch(folder) {
    const path = join(folder, "w.pth");
    return {
      seeds: torchFiles(),
      async run(bytes) {
        writeFileSync(path, bytes);
        return tensorSum(await readTorchFile(path));
      },
    };
  },
  /** The zip's checksums hold: what is read is what was saved. */
  async "torch-zip"(folder) {
    const path = join(folder, "w.pth");
    return {
      seeds: torchFiles().filter((b) => isZip(b) && !b.includes("posix")),
      isSummed: true,
      async run(bytes) {
        writeFileSync(path, bytes);
        return tensorSum(await readTorchFile(path));
      },
    };
  },
  /** Only the pickle inside is damaged, and the zip around it is whole. */
  async "torch-pickle"(folder) {
    const path = join(folder, "w.pth");
    const zips = torchFiles()
      .filter(isZip)
      .map((bytes) => unzipSync(bytes));
    const main = (files: Record<string, Uint8Array>) =>
      Object.keys(files).find((n) => n.endsWith("data.pkl"))!;
    return {
      seeds: zips.map((files) => Buffer.from(files[main(files)])),
      async run(bytes) {
        const files = zips.at(-1)!;
        writeFileSync(path, zipSync({ ...files, [main(files)]: bytes }, { level: 0 }));
        return tensorSum(await readTorchFile(path));
      },
    };
  },
  async pickle() {
    const golden = JSON.parse(readFileSync("test/reference/nn-pickle.json", "utf8"));
    const texts: string[] = [...golden.protocols, golden.set, ...Object.values(golden.hostile as object)];
    return {
      seeds: texts.map((text) => Buffer.from(text, "base64")).filter((b) => b.length > 0),
      async run(bytes) {
        const value = unpickle(bytes, { allow: numpyGlobals, name: "x" });
        return sumOf(typeof value);
      },
    };
  },
};
