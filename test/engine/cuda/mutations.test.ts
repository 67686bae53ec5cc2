import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { packageRoot } from "../../../lib/package-root.js";

/**
 * The emulator is only worth something if it sees what a GPU would punish: each of these faults, put into the
 * convolution's source, must make its result wrong in the emulator; the source as it is must not.
 */
const faults: [name: string, sound: string, damaged: string][] = [
  ["no barrier before a stage is read", "copyWait<STAGES - 2>();\n    barrier();", "copyWait<STAGES - 2>();"],
  ["no wait for a stage's copies", "copyWait<STAGES - 2>();\n    barrier();", "barrier();"],
  [
    "a wait for one group too few",
    "copyWait<STAGES - 2>();\n    barrier();",
    "copyWait<STAGES - 1>();\n    barrier();",
  ],
  ["a swizzle that the reader does not know", "a + r * 128 + ((c ^ (r & 7)) << 4)", "a + r * 128 + (c << 4)"],
  ["a swizzle that the writer does not know", "((chunk ^ (first & 7)) << 4)", "(chunk << 4)"],
  [
    "stages overwritten by the result while others read them",
    "copyWait<0>();\n  barrier();",
    "copyWait<0>();",
  ],
  [
    "the result read before all have written it",
    "  barrier();\n  constexpr int kChunks",
    "  constexpr int kChunks",
  ],
];

const source = readFileSync(packageRoot("lib/engine/cuda/kernels/conv.cu"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "mutations-"));
after(() => rmSync(folder, { recursive: true }));
copyFileSync(packageRoot("lib/engine/cuda/kernels/device.h"), join(folder, "device.h"));

const skip =
  process.arch !== "x64"
    ? "the GPU emulator is written for x86-64"
    : spawnSync("g++", ["--version"]).error && "there is no g++ here";

/** How the check ends with `text` in the place of conv.cu: right, wrong, or a deadlock. */
function verdict(text: string, name: string, products = ""): "right" | "wrong" | "deadlock" {
  const kernels = join(folder, `${name.replaceAll(" ", "-")}.cu`);
  writeFileSync(kernels, text);
  const program = `${kernels}.out`;
  const flags = ["-O1", "-march=native", "-std=c++17", "-Wno-unknown-pragmas", "-DSKY_EMULATE"];
  if (products) flags.push(products);
  const check = packageRoot("test/engine/cuda/mutated-convolution.cc");
  const include = [`-I${packageRoot("test/engine/cuda")}`, `-DKERNELS="${kernels}"`];
  const built = spawnSync("g++", [...flags, ...include, check, "-o", program], { encoding: "utf8" });
  assert.equal(built.status, 0, built.stderr);
  const { status, stderr } = spawnSync(program, { encoding: "utf8" });
  if (status === 0) return "right";
  if (status === 1) return "wrong";
  assert.match(stderr, /deadlock/);
  return "deadlock";
}

test("the convolution as it is gives the right values in every order", { skip }, () => {
  assert.equal(verdict(source, "sound"), "right");
});

for (const [name, sound, damaged] of faults)
  test(`the emulator sees ${name}`, { skip }, () => {
    assert.equal(source.split(sound).length, 2, "the place is there once");
    assert.notEqual(verdict(source.replace(sound, damaged), name), "right");
  });

/** The same of the products of whole warpgroups, which only cards of compute capability 9.0 have. */
const faultsOfWarpgroups: typeof faults = [
  [
    "a stage loaded while products read it",
    "    productsWait();  // nobody reads the stage any more that is loaded next\n",
    "",
  ],
  [
    "products of a stage before its copies",
    "copyWait<STAGES - 2>();\n    sharedToProducts();\n    barrier();",
    "sharedToProducts();\n    barrier();",
  ],
  ["no barrier before products", "sharedToProducts();\n    barrier();", "sharedToProducts();"],
  ["sums that begin with what lay there", "step + kk > 0", "true"],
  ["a tile of another 16 values", "tileAt(b + kk * 32)", "tileAt(b)"],
  ["rows of another group", "(warp >> 2) * (4 * WM) * 128", "0"],
];
const products = "-DSKY_WARPGROUPS";

test("products of warpgroups give the right values in every order", { skip }, () => {
  assert.equal(verdict(source, "sound products", products), "right");
});

for (const [name, sound, damaged] of faultsOfWarpgroups)
  test(`the emulator sees ${name}`, { skip }, () => {
    assert.equal(source.split(sound).length, 2, "the place is there once");
    assert.notEqual(verdict(source.replace(sound, damaged), name, products), "right");
  });
