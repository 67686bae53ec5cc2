import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { compileKernels, ptxFile, targets } from "../../../environment/commands/kernels.js";

const release = (text: string) => text.match(/release [\d.]+, V[\d.]+/)?.[0];
const nvcc = spawnSync("nvcc", ["--version"], { encoding: "utf8" });
const ptxas = spawnSync("ptxas", ["--version"], { encoding: "utf8" });
const generations = { sm_80: ["80", "86", "89", "90", "120"], sm_90a: ["90a"] };

for (const target of targets) {
  const committed = readFileSync(ptxFile(target.name), "utf8");

  test(`the committed PTX is of ISA ${target.version} for ${target.name}, so that older drivers take it`, () => {
    assert.match(committed, new RegExp(`^\\.version ${target.version.replace(".", "\\.")}$`, "m"));
    assert.match(committed, new RegExp(`^\\.target ${target.name}$`, "m"));
  });

  test(`the committed PTX for ${target.name} is what nvcc makes of the sources`, {
    skip: nvcc.error
      ? "there is no nvcc here"
      : release(nvcc.stdout) !== release(committed) &&
        `nvcc here is ${release(nvcc.stdout)}, the PTX is of ${release(committed)}`,
  }, () => {
    assert.ok(compileKernels(target) === committed, "it differs: run npm run kernels and commit the result");
  });

  test(`ptxas compiles ${target.name} for its generations without spilling registers or waiting between products`, {
    skip: ptxas.error && "there is no ptxas here",
    concurrency: true,
  }, async (t) => {
    for (const generation of generations[target.name])
      await t.test(`sm_${generation}`, (s) => {
        const args = ["-v", `-arch=sm_${generation}`, ptxFile(target.name), "-o", "/dev/null"];
        const { stdout, stderr, status } = spawnSync("ptxas", args, { encoding: "utf8", maxBuffer: 1 << 26 });
        const said = stdout + stderr;
        if (/not defined for option/.test(said)) return s.skip("this ptxas does not know it");
        assert.equal(status, 0, said);
        assert.equal(said.match(/[1-9]\d* bytes spill/g), null);
        assert.equal(said.match(/wgmma.mma_async instructions are serialized.*/), null);
        assert.ok(
          (said.match(/0 bytes spill stores/g) ?? []).length > 60,
          "ptxas said nothing of the kernels",
        );
      });
  });
}

const toolkit = ["/usr/local/cuda/include", "/usr/local/cuda-13.0/include", "/usr/include"].find((folder) =>
  existsSync(`${folder}/cuda.h`),
);

test("our declarations of the driver API are NVIDIA's", {
  skip: toolkit ? spawnSync("g++", ["--version"]).error && "there is no g++ here" : "there is no cuda.h here",
}, () => {
  const args = ["-std=c++17", "-fsyntax-only", `-I${toolkit}`, "test/engine/cuda/check-signatures.cc"];
  const { stderr, status } = spawnSync("g++", args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
