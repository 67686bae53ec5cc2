import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { zipSync } from "fflate";
import { readTorchFile } from "../../lib/nn/torch-file.js";

interface Golden {
  torch: string;
  tensors: Record<string, { shape: number[]; data: number[] }>;
  files: Record<string, { prefix: string; file: string }>;
  hostile: Record<string, string>;
}
const golden: Golden = JSON.parse(readFileSync("test/reference/nn-checkpoints.json", "utf8"));
const folder = mkdtempSync(join(tmpdir(), "torch-file-"));
const written = (name: string, bytes: Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

for (const [name, { prefix, file }] of Object.entries(golden.files))
  test(`PyTorch ${golden.torch}, ${name}: the tensors of state_dict(), whatever holds them`, async () => {
    const tensors = await readTorchFile(written(name, inflateSync(Buffer.from(file, "base64"))));
    for (const [own, { shape, data }] of Object.entries(golden.tensors)) {
      // TorchScript leaves out what is not used.
      const found = tensors.get(prefix + own);
      if (!found && own.endsWith("num_batches_tracked")) continue;
      assert.deepEqual(found?.shape, shape, own);
      assert.deepEqual([...found.data], data.map(Math.fround), own);
    }
    const others = [...tensors.keys()].filter((key) => !(key.slice(prefix.length) in golden.tensors));
    assert.deepEqual(others, []);
  });

const infinities: Record<string, number> = {
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
};
interface Kinds {
  torch: string;
  read: Record<string, { shape: number[]; data: (number | string | null)[]; files: [string, string] }>;
  refused: Record<string, [string, string]>;
}
const kinds: Kinds = JSON.parse(readFileSync("test/reference/nn-tensor-kinds.json", "utf8"));

test(`PyTorch ${kinds.torch}: tensors of every type and layout have the values of .float()`, async () => {
  for (const [name, { shape, data, files }] of Object.entries(kinds.read))
    for (const file of files) {
      const tensors = await readTorchFile(written("kind.pth", inflateSync(Buffer.from(file, "base64"))));
      const found = tensors.get("layer.weight");
      assert.deepEqual(found?.shape, shape, name);
      const values = data.map((v) => (typeof v === "string" ? infinities[v] : (v ?? Number.NaN)));
      assert.deepEqual([...found.data], values, name);
      assert.deepEqual([...tensors.get("first")!.data], [0, 1, 2, 3, 4, 5], name);
    }
});

const reasons: Record<string, RegExp> = {
  negative: /is a negative view .*resolve_neg/,
  complex: /ComplexFloatStorage, complex numbers/,
  complex128: /ComplexDoubleStorage, complex numbers/,
  complex32: /complex32, complex numbers/,
  quantised: /quantised numbers.*dequantize/,
  "quantised by channel": /quantised numbers.*dequantize/,
  sparse: /is sparse.*to_dense/,
  nested: /is nested/,
  meta: /on the meta device, without numbers/,
};

test("tensors that are no plain numbers are called what they are, by name, and none is left out in silence", async () => {
  assert.deepEqual(Object.keys(kinds.refused), Object.keys(reasons));
  for (const [name, files] of Object.entries(kinds.refused))
    for (const file of files) {
      const path = written("refused.pth", inflateSync(Buffer.from(file, "base64")));
      await assert.rejects(readTorchFile(path), (error: Error) => {
        assert.match(error.message, reasons[name]);
        assert.match(error.message, /refused\.pth: the tensor "layer\.weight" /);
        return true;
      });
    }
});

for (const [name, file] of Object.entries(golden.hostile))
  test(`a checkpoint that would run ${name} is refused by that name, not read around`, async () => {
    const path = written("hostile.pth", inflateSync(Buffer.from(file, "base64")));
    await assert.rejects(readTorchFile(path), new RegExp(`asks for "${name}".*not run`));
  });

test("a zip that counts more members than its size allows is refused at once", async () => {
  // A zip64 end record that counts 2^32 - 1 members, in a file of 128 bytes.
  const end = Buffer.alloc(128);
  end.writeUInt32LE(0x04034b50, 0);
  end.writeUInt32LE(0x06064b50, 30);
  end.writeBigUInt64LE(44n, 34);
  end.writeBigUInt64LE(0xffffffffn, 54);
  end.writeBigUInt64LE(0xffffffffn, 62);
  end.writeUInt32LE(0x07064b50, 86);
  end.writeBigUInt64LE(30n, 94);
  end.writeUInt32LE(0x06054b50, 106);
  end.fill(0xff, 114, 124);
  const path = written("counted.pth", end);
  await assert.rejects(readTorchFile(path), /not a PyTorch file.*4294967295 entries/);
});

test("without tensors it says what to run in Python", async () => {
  const pickle = Buffer.from("\x80\x02}q\x00X\x05\x00\x00\x00epochq\x01K\x03s.", "latin1");
  const path = written("none.pth", zipSync({ "archive/data.pkl": pickle }, { level: 0 }));
  await assert.rejects(readTorchFile(path), /holds no tensors; .*torch\.save\(model\.state_dict\(\), path\)/);
  await assert.rejects(
    readTorchFile(written("text.pth", Buffer.from("hello"))),
    /torch\.save\(model\.state_dict/,
  );
});

test("a dictionary that holds itself, and objects without end, come to an end", async () => {
  const loop = Buffer.from("\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.", "latin1");
  await assert.rejects(
    readTorchFile(written("loop.pth", zipSync({ "archive/data.pkl": loop }, { level: 0 }))),
    /no tensors/,
  );
  // Two million empty objects of some class.
  const many = Buffer.concat([
    Buffer.from("\x80\x02cmine\nClass\nq\x000", "latin1"),
    Buffer.from("h\x00)\x810".repeat(2_000_000), "latin1"),
    Buffer.from("N.", "latin1"),
  ]);
  await assert.rejects(
    readTorchFile(written("many.pth", zipSync({ "archive/data.pkl": many }, { level: 0 }))),
    /builds more than/,
  );
});
