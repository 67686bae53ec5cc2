import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { NpyFile, readNpy, writeNpy, writeNpyRows } from "../../../lib/data/tables/npy.js";
import { scratch } from "../../scratch.js";

const folder = scratch();

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
  await writeFile(path, (await readFile(path)).subarray(0, 100));
  await assert.rejects(readNpy(path), /holds 0 bytes of data where 16 are promised/);
});

test("blocks of rows as they come make the file that the whole makes, and rows are read without the rest", async () => {
  const data = Float32Array.from({ length: 30 }, (_, i) => Math.sin(i));
  await writeNpy(join(folder, "whole.npy"), { data, shape: [10, 3] });
  const path = join(folder, "blocks.npy");
  await writeNpyRows(path, [10, 3], [data.subarray(0, 3), data.subarray(3, 24), data.subarray(24)]);
  assert.ok((await readFile(path)).equals(await readFile(join(folder, "whole.npy"))));
  const file = await NpyFile.open(path);
  assert.deepEqual(await file.rows(4, 6), { data: data.slice(12, 18), shape: [2, 3] });
  await assert.rejects(file.rows(9, 11), /rows 0 to 9; 9 to 10/);
  await file.close();
  await assert.rejects(writeNpyRows(path, [10, 3], [data.subarray(3)]), /27 values came.*10 x 3/);
  await assert.rejects(
    writeNpyRows(path, [2, 3], [data.subarray(0, 3), new Float64Array(3)]),
    /go on with <f8/,
  );
  assert.ok((await readFile(path)).equals(await readFile(join(folder, "whole.npy"))), "the old file stays");
});

test("an array above 2 GiB is read back", async () => {
  // Written as a hole with a number at each end, so that no disk is needed.
  const path = join(folder, "large.npy");
  const shape: [number, number] = [4_200_000, 128];
  await writeNpyRows(path, [1, 128], [new Float32Array(128)]);
  const head = (await readFile(path))
    .toString("latin1", 0, 128)
    .replace("(1, 128), ", `(${shape[0]}, 128), `);
  const file = await open(path, "w");
  const text = `${head.slice(0, head.lastIndexOf("}") + 1).padEnd(127)}\n`;
  await file.write(Buffer.from(text, "latin1"), 0, 128, 0);
  await file.write(Buffer.from(Float32Array.of(1.5).buffer), 0, 4, 128);
  await file.write(Buffer.from(Float32Array.of(-2.5).buffer), 0, 4, 128 + 4 * (shape[0] * shape[1] - 1));
  await file.close();
  const { data } = await readNpy(path);
  assert.ok(data.byteLength > 2 ** 31);
  assert.deepEqual([data[0], data[1], data.at(-1)], [1.5, 0, -2.5]);
});
