import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readNpy, writeNpy } from "../../../lib/data/tables/npy.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "npy-"));
});
after(() => rm(folder, { recursive: true }));

test("f4 and f8 matrices come back as they were", async () => {
  for (const data of [
    Float32Array.of(1, -0, Number.NaN, 4, 5, 6),
    Float64Array.of(Math.PI, 1e-300, -1, 0, 2, 3),
  ]) {
    const path = join(folder, `${data.BYTES_PER_ELEMENT}.npy`);
    await writeNpy(path, { data, shape: [2, 3] });
    assert.deepEqual(await readNpy(path), { data, shape: [2, 3] });
  }
});

test("the bytes are those of numpy.save", async () => {
  const path = join(folder, "known.npy");
  await writeNpy(path, { data: Float64Array.of(1, 2), shape: [1, 2] });
  const bytes = await readFile(path);
  // numpy 1.24: np.save(f, np.array([[1., 2.]])) gives this header, 128 bytes with its padding.
  assert.equal(bytes.length, 128 + 16);
  assert.match(
    bytes.toString("latin1", 10, 128),
    /^\{'descr': '<f8', 'fortran_order': False, 'shape': \(1, 2\), \} +\n$/,
  );
});

test("NumPy reads it, where it is installed", (t) => {
  try {
    execFileSync("/usr/bin/python3", ["-c", "import numpy"], { stdio: "ignore" });
  } catch {
    return t.skip("no NumPy here: apt-get install python3-numpy");
  }
  const out = execFileSync("/usr/bin/python3", [
    "-c",
    `import numpy as np; x = np.load(${JSON.stringify(join(folder, "known.npy"))}); print(x.dtype, x.tolist())`,
  ]);
  assert.equal(String(out), "float64 [[1.0, 2.0]]\n");
});

test("what is no matrix is refused with the reason", async () => {
  const path = join(folder, "bad.npy");
  await writeFile(path, "hello");
  await assert.rejects(readNpy(path), /no \.npy file/);
  const good = await readFile(join(folder, "known.npy"));
  await writeFile(path, good.subarray(0, good.length - 3));
  await assert.rejects(readNpy(path), /13 bytes of data where 16 are promised/);
});
