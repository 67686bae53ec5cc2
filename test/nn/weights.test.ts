import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { zipSync } from "fflate";
import type { TensorMap } from "../../lib/nn/host-tensor.js";
import { resnet18 } from "../../lib/nn/resnet18.js";
import { readTorchFile } from "../../lib/nn/torch-file.js";
import { assignWeights, loadWeights, saveWeights } from "../../lib/nn/weights.js";
import { weightsDigest, weightsFile } from "../../lib/nn/weights-file.js";
import { scratch } from "../scratch.js";
import { fillByFormula, formula, formulaImages } from "./formula.js";

const files = "test/reference/nn-files";
const folder = scratch();

before(async () => {
  await tf.setBackend("cpu");
});

for (const file of ["zip.pth", "legacy.pth"])
  test(`${file}: every precision becomes f32, strides are followed`, async () => {
    const tensors = await readTorchFile(join(files, file));
    const expected = Float32Array.from(formula(24, 7));
    const close = (name: string, tolerance: number) =>
      tensors.get(name)!.data.forEach((v, i) => {
        assert.ok(Math.abs(v - expected[i]) <= tolerance * Math.abs(expected[i]), `${name}[${i}]`);
      });
    assert.deepEqual(tensors.get("float32"), { shape: [2, 3, 2, 2], data: expected });
    close("float64", 2 ** -24);
    close("float16", 2 ** -11);
    close("bfloat16", 2 ** -8);
    // Two columns of a 4 x 6 matrix, transposed.
    const columns = [1, 2].flatMap((c) => [0, 1, 2, 3].map((r) => expected[r * 6 + c]));
    assert.deepEqual(tensors.get("strided"), { shape: [2, 4], data: Float32Array.from(columns) });
    assert.deepEqual(tensors.get("int64")?.data, Float32Array.of(0, 1, 2, 3, 4));
  });

test("a Lightning checkpoint: the online network's weights, whatever stands before their names", async () => {
  const net = resnet18({ width: 1, seed: 1 });
  const expected = resnet18({ width: 1 });
  fillByFormula(expected.parameters);
  const report = await loadWeights(net, join(files, "lightning.ckpt"));
  assert.equal(report.prefix, "online_encoder.net.");
  assert.deepEqual(report.missing, []);
  assert.equal(report.loaded.length, 100);
  assert.ok(
    report.unexpected.every((n) => n.startsWith("target_encoder.") || n.endsWith("num_batches_tracked")),
  );
  assert.deepEqual(await net.parameters.export(), await expected.parameters.export());
});

test("a pickle that would run code is refused by name", async () => {
  await assert.rejects(readTorchFile(join(files, "hostile.pth")), /asks for "posix\.system".*not run/);
});

test("one storage under thousands of names is refused before it fills the memory", async () => {
  // 40 000 floats, then a dictionary that recalls the same tensor 5000 times.
  const text = (s: string) => Buffer.from(s, "latin1");
  const u32 = (n: number) => {
    const b = Buffer.alloc(4);
    b.writeUInt32LE(n);
    return b;
  };
  const count = 40_000;
  const tensor = [
    text("ctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\n"),
    text(`I${count}\ntQK\x00(J`),
    u32(count),
    text("t(K\x01t\x89Ntq\x00"),
    text("Rq\x01"),
  ];
  const repeats = Array.from({ length: 5000 }, (_, i) => text(`S'n${i}'\nh\x01s`));
  const main = Buffer.concat([
    text("\x80\x02}"),
    text("S'a'\n"),
    ...tensor,
    text("s"),
    ...repeats,
    text("."),
  ]);
  const path = join(folder, "bomb.pth");
  writeFileSync(
    path,
    zipSync({ "archive/data.pkl": main, "archive/data/0": new Uint8Array(4 * count) }, { level: 0 }),
  );
  await assert.rejects(readTorchFile(path), /describes far more numbers than it holds/);
});

test("a compressed zip is read within bounds: what unpacks to far more than its size is refused", async () => {
  const path = join(folder, "deflated.pth");
  const main = Buffer.from("\x80\x02}.", "latin1");
  writeFileSync(
    path,
    zipSync({ "archive/data.pkl": main, "archive/code.py": new Uint8Array(9999) }, { level: 9 }),
  );
  await assert.rejects(readTorchFile(path), /holds no tensors/);
  writeFileSync(path, zipSync({ "archive/data.pkl": new Uint8Array(2 ** 27) }, { level: 9 }));
  await assert.rejects(readTorchFile(path), /zip without data.pkl|decompression bomb/);
});

test("files that are cut short or something else are refused", async () => {
  for (const name of ["zip.pth", "legacy.pth"]) {
    const whole = readFileSync(join(files, name));
    for (const share of [0, 0.1, 0.3, 0.6, 0.9, 0.99]) {
      const path = join(folder, "cut.pth");
      writeFileSync(path, whole.subarray(0, Math.floor(share * whole.length)));
      await assert.rejects(readTorchFile(path), /neither|not a PyTorch|cut short|damaged|ends|malformed/);
    }
  }
});

/** The names that nn.Sequential(*children) gives: ReLU and pooling have numbers too, unless `bare`. */
function numbered(tensors: TensorMap, prefix: string, bare = false): TensorMap {
  const places = bare ? ["conv1", "bn1"] : ["conv1", "bn1", "relu", "maxpool"];
  const order = [...places, "layer1", "layer2", "layer3", "layer4"];
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const [child, ...rest] = name.split(".");
      return [`${prefix}${[order.indexOf(child), ...rest].join(".")}`, tensor];
    }),
  );
}

test("the numbered names of an nn.Sequential are found by what the children are, under any prefix", async () => {
  const expected = await resnet18({ width: 2, seed: 9 }).parameters.export();
  const other = await resnet18({ width: 2, seed: 3 }).parameters.export();
  for (const [prefix, bare] of [
    ["", false],
    ["backbone.", false],
    ["model.0.", true],
  ] as const) {
    const file = numbered(expected, prefix, bare);
    file.set(`${prefix}9.weight`, { shape: [10, 16], data: new Float32Array(160) });
    // The momentum network of the same shape comes first in the file.
    const both = new Map([...numbered(other, `${prefix}teacher.`), ...file]);
    const net = resnet18({ width: 2, seed: 1 });
    const report = assignWeights(net, both, "trained.ckpt");
    assert.equal(report.prefix, prefix);
    assert.deepEqual([report.loaded.length, report.missing], [expected.size, []]);
    assert.ok(report.unexpected.includes(`${prefix}9.weight`));
    assert.deepEqual(await net.parameters.export(), expected);
  }
});

test("a numbered network that is no ResNet-18 is refused for its shapes, not taken for one", async () => {
  const file = numbered(await resnet18({ width: 4 }).parameters.export(), "");
  assert.throws(
    () => assignWeights(resnet18({ width: 2 }), file, "wide.pth"),
    /"0\.weight" has shape \[4,3,7,7\]/,
  );
});

test("saved weights come back exactly, in PyTorch's layout", async () => {
  const [net, other] = [resnet18({ width: 2, seed: 3 }), resnet18({ width: 2, seed: 4 })];
  const path = join(folder, "net.safetensors");
  await saveWeights(net, path, { dataset: "none" });
  const report = await loadWeights(other, path);
  assert.deepEqual([report.missing, report.unexpected], [[], []]);
  const [a, b] = [await net.parameters.export(), await other.parameters.export()];
  assert.deepEqual(a, b);
  assert.deepEqual(a.get("layer2.0.conv1.weight")!.shape, [4, 2, 3, 3]);
  assert.deepEqual(net.parameters.get("layer2.0.conv1.weight").shape, [3, 3, 2, 4]);
});

test("a block that the file lacks starts as the identity, and is named", async () => {
  const net = resnet18({ width: 2 });
  const tensors = await resnet18({ width: 2, seed: 9 }).parameters.export();
  for (const name of [...tensors.keys()]) if (name.startsWith("layer4.1.")) tensors.delete(name);
  const report = assignWeights(net, tensors, "test");
  assert.deepEqual(report.identityBlocks, ["layer4.1"]);
  assert.ok(report.missing.length > 0 && report.missing.every((n) => n.startsWith("layer4.1.")));
  // The block passes its input through: replacing its convolutions changes nothing.
  const features = async () => {
    const frozen = net.freeze();
    const y = await frozen.features(formulaImages(1, 32, 5)).data();
    frozen.dispose();
    return Float32Array.from(y);
  };
  const before = await features();
  net.parameters
    .get("layer4.1.conv1.weight")
    .assign(tf.zerosLike(net.parameters.get("layer4.1.conv1.weight")));
  assert.deepEqual(await features(), before);
});

test("a file that lacks a tensor among others is refused, and the network stays what it was", async () => {
  const net = resnet18({ width: 2 });
  const before = await net.parameters.export();
  const tensors = await resnet18({ width: 2, seed: 9 }).parameters.export();
  const one = new Map(tensors);
  one.delete("bn1.bias");
  assert.throws(() => assignWeights(net, one, "one.pth"), /one\.pth lacks bn1\.bias of a ResNet-18, or has/);
  // A stem in an nn.Sequential of its own: its numbers say nothing of what is in it.
  const stem = new Map(
    [...tensors].map(([name, t]) => [name.replace(/^conv1/, "stem.0").replace(/^bn1/, "stem.1"), t]),
  );
  assert.throws(
    () => assignWeights(net, stem, "stem.pth"),
    /lacks conv1\.weight, bn1\.\w+, bn1\.\w+ and 2 more/,
  );
  const after = await net.parameters.export();
  for (const [name, { data }] of before) assert.deepEqual(after.get(name)!.data, data, name);
});

test("names of wrappers are passed over; the network that learns is taken before the one that follows it", async () => {
  const tensors = await resnet18({ width: 2, seed: 9 }).parameters.export();
  const others = await resnet18({ width: 2, seed: 10 }).parameters.export();
  const renamed = (from: typeof tensors, rename: (name: string) => string) =>
    [...from].map(([name, tensor]) => [rename(name), tensor] as const);
  const files = {
    fsdp: renamed(
      tensors,
      (n) => `_fsdp_wrapped_module.${n.replace(/^(layer\d)\./, "$1._fsdp_wrapped_module.")}`,
    ),
    checkpointed: renamed(tensors, (n) => n.replace(/^layer1\.0\./, "layer1.0._checkpoint_wrapped_module.")),
    moco: [
      ...renamed(others, (n) => `module.encoder_k.${n}`),
      ...renamed(tensors, (n) => `module.encoder_q.${n}`),
    ],
    shadow: [...renamed(others, (n) => `shadow.${n}`), ...renamed(tensors, (n) => `weights.${n}`)],
  };
  for (const [what, file] of Object.entries(files)) {
    const net = resnet18({ width: 2, seed: 1 });
    assert.deepEqual(assignWeights(net, new Map(file), what).missing, [], what);
    assert.deepEqual(await net.parameters.export(), tensors, what);
  }
  // A few tensors that happen to fit are not a network.
  const few = new Map([...tensors].slice(0, 5));
  assert.throws(
    () => assignWeights(resnet18({ width: 2 }), few, "few.pth"),
    /few\.pth has 5 of the 100 tensors.*torch\.save\(model\.state_dict\(\), path\)\.$/,
  );
});

test("a ResNet-34 is refused, whose tensors include all names and shapes of a ResNet-18", async () => {
  const net = resnet18({ width: 2, seed: 1 });
  const before = await net.parameters.export();
  const tensors = await resnet18({ width: 2, seed: 9 }).parameters.export();
  const third = [...tensors].filter(([name]) => name.startsWith("layer3.1."));
  const deeper = new Map([...tensors, ...third.map(([n, t]) => [n.replace("3.1", "3.2"), t] as const)]);
  const said = /deep\.pth is of a deeper ResNet, not of a ResNet-18: it has the blocks (layer3|6)\.2 too/;
  for (const file of [
    deeper,
    numbered(deeper, ""),
    new Map([...deeper].map(([n, t]) => [`module._orig_mod.${n}`, t])),
  ])
    assert.throws(() => assignWeights(net, file, "deep.pth"), said);
  assert.deepEqual(await net.parameters.export(), before);
  // A head with blocks of its own stands under another name.
  const headed = new Map([...tensors, ...third.map(([n, t]) => [`head.${n}`, t] as const)]);
  assert.equal(assignWeights(net, headed, "headed.pth").loaded.length, 100);
});

test("of two networks that fit, neither of which follows the other, none is guessed", async () => {
  const [one, other] = await Promise.all(
    [9, 10].map((seed) => resnet18({ width: 2, seed }).parameters.export()),
  );
  const under = (prefix: string, tensors: TensorMap) =>
    [...tensors].map(([n, t]) => [prefix + n, t] as const);
  const net = resnet18({ width: 2, seed: 1 });
  for (const make of [(t: TensorMap) => t, (t: TensorMap) => numbered(t, "")])
    assert.throws(
      () =>
        assignWeights(
          net,
          new Map([...under("sky.", make(one)), ...under("radio.", make(other))]),
          "two.pth",
        ),
      /two\.pth holds several networks that fit, sky\., radio\.: save the right one by itself with torch\.save/,
    );
  // The same module under two names is one network.
  const twice = new Map([...under("online.net.", one), ...under("net.", one)]);
  assert.equal(assignWeights(net, twice, "twice.pth").loaded.length, 100);
});

test("weights that are not finite are refused by name", async () => {
  const net = resnet18({ width: 2, seed: 1 });
  for (const bad of [Number.NaN, Infinity]) {
    const tensors = await resnet18({ width: 2, seed: 9 }).parameters.export();
    tensors.get("bn1.running_var")!.data[1] = bad;
    const said = /nan\.pth: "bn1\.running_var" holds numbers that are not finite.*earlier checkpoint\.$/;
    assert.throws(() => assignWeights(net, tensors, "nan.pth"), said);
  }
});

test("weights that fit nothing, or not in shape, leave the network as it was", async () => {
  const net = resnet18({ width: 2 });
  const before = await net.parameters.export();
  const none = new Map([["something.else", { shape: [1], data: new Float32Array(1) }]]);
  assert.throws(
    () => assignWeights(net, none, "file.pth"),
    /no tensor of a ResNet-18; its names begin something.*state_dict\(\)/,
  );
  const wide = await resnet18({ width: 4 }).parameters.export();
  assert.throws(
    () => assignWeights(net, wide, "file.pth"),
    /"conv1.weight" has shape \[4,3,7,7\] where .* \[2,3,7,7\]/,
  );
  assert.deepEqual(await net.parameters.export(), before);
  await assert.rejects(loadWeights(net, "no/such/file.pth"), /no weight file/);
});

test("what stands for weights in a key: random ones by their name, a file by its content", async () => {
  const path = join(folder, "three-bytes.pth");
  writeFileSync(path, "abc");
  assert.equal(weightsFile("random"), "random");
  assert.equal(weightsFile(relative(".", path)), resolve(path));
  assert.equal(await weightsDigest("random"), "random");
  // FIPS 180-2's SHA-256 of "abc".
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(await weightsDigest(path), abc);
  await assert.rejects(weightsDigest("no/such/file.pth"), /no weight file/);
});

test("where ImageNet's weights are absent, the message says how to get them", async () => {
  const saved = { ...process.env };
  process.env.LATENT_SKY_DATA = folder;
  process.env.LATENT_SKY_CACHE = folder;
  try {
    await assert.rejects(
      loadWeights(resnet18({ width: 1 }), "imagenet"),
      /npm run data -- resnet18-imagenet/,
    );
  } finally {
    process.env = saved;
  }
});

const real = join(process.env.LATENT_SKY_DATA ?? "", "resnet18-imagenet.safetensors");
test("the real ImageNet weights load whole", {
  skip:
    process.env.LATENT_SKY_DATA && existsSync(real)
      ? false
      : "LATENT_SKY_DATA has no resnet18-imagenet.safetensors",
}, async () => {
  const report = await loadWeights(resnet18(), "imagenet");
  assert.equal(report.loaded.length, 100);
  assert.deepEqual(report.missing, []);
  assert.deepEqual(report.unexpected.sort(), ["fc.bias", "fc.weight"]);
});
