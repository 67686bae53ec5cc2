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

/** A file as numpy.save writes it. */
async function saved(descr: string, shape: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, "saved.npy");
  const text = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
  await writeFile(path, Buffer.concat([Buffer.from(`\x93NUMPY\x01\0v\0${text}\n`, "latin1"), bytes]));
  return path;
}

test("halves, integers and big-endian numbers are read as NumPy has them", async () => {
  // The bytes are those of numpy.array(values, dtype).tobytes().hex().
  const cases: [string, number[], string, Float32ArrayConstructor | Float64ArrayConstructor][] = [
    ["<f2", [1.5, -2, 2 ** -24], "003e00c00100", Float32Array],
    [">f2", [1.5, -2, 2 ** -24], "3e00c0000001", Float32Array],
    [">f4", [1.5, -2, 0.25], "3fc00000c00000003e800000", Float32Array],
    [">f8", [0.1, -2, 1e300], "3fb999999999999ac0000000000000007e37e43c8800759c", Float64Array],
    ["|i1", [-3, 4, 127], "fd047f", Float32Array],
    ["|u1", [3, 4, 255], "0304ff", Float32Array],
    [">i2", [-3, 4, 300], "fffd0004012c", Float32Array],
    ["<u2", [3, 4, 65535], "03000400ffff", Float32Array],
    ["<i4", [-3, 4, 1073741825], "fdffffff0400000001000040", Float64Array],
    ["<u4", [3, 4, 4294967295], "0300000004000000ffffffff", Float64Array],
    ["<i8", [-3, 4, 1099511627776], "fdffffffffffffff04000000000000000000000000010000", Float64Array],
    [">u8", [3, 4, 1099511627776], "000000000000000300000000000000040000010000000000", Float64Array],
  ];
  for (const [dtype, values, hex, type] of cases) {
    const path = await saved(`'${dtype}'`, "(3, 1)", Buffer.from(hex, "hex"));
    assert.deepEqual(await readNpy(path), { data: type.from(values), shape: [3, 1] }, dtype);
  }
});

test("another dtype or shape is refused by its name, with what to save instead", async () => {
  const refused = async (descr: string, shape: string, why: RegExp) =>
    assert.rejects(readNpy(await saved(descr, shape, new Uint8Array(16))), why);
  await refused("'|O'", "(2, 1)", /its dtype is '\|O', and floats and integers .* x\.astype\("float32"\)/);
  await refused("'<c8'", "(2, 1)", /its dtype is '<c8'/);
  await refused("[('a', '<f4'), ('b', '<f4')]", "(2,)", /its dtype is \[\('a', '<f4'\)/);
  await refused("'<f8'", "(2,)", /its shape is \(2,\), .* save x\.reshape\(len\(x\), -1\)/);
  await refused("'<f4'", "(1, 2, 2)", /its shape is \(1, 2, 2\)/);
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
