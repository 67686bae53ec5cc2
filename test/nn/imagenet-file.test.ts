import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { imagenetFile } from "../../lib/nn/imagenet-file.js";
import { writeSafetensors } from "../../lib/nn/safetensors.js";
import { scratch } from "../scratch.js";

test("a file is torchvision's where its content has the checksum of its name, and only there", (t) => {
  const dir = scratch(t);
  const content = Buffer.from("weights");
  const digits = createHash("sha256").update(content).digest("hex").slice(0, 8);
  const path = join(dir, `resnet18-${digits}.pth`);
  writeFileSync(path, content);
  assert.equal(imagenetFile(path), `resnet18-${digits}.pth, torchvision's own`);
  const renamed = join(dir, "resnet18-f37072fd.pth");
  writeFileSync(renamed, content);
  assert.equal(
    imagenetFile(renamed),
    `resnet18-f37072fd.pth, not torchvision's file: of unknown origin; SHA-256 ${digits}...`,
  );
});

test("another file is told by its header and its checksum; one that changed is read again", async (t) => {
  const path = join(scratch(t), "resnet18-imagenet.safetensors");
  const tensors = new Map([["conv1.weight", { shape: [1], data: new Float32Array(1) }]]);
  await writeSafetensors(path, tensors, { source: "converted by hand" });
  assert.match(
    imagenetFile(path),
    /^resnet18-imagenet\.safetensors, not torchvision's file: its header says "converted by hand"; SHA-256 [0-9a-f]{8}\.\.\.$/,
  );
  await writeSafetensors(path, tensors, {});
  assert.match(imagenetFile(path), /of unknown origin/);
});

const here =
  process.env.LATENT_SKY_DATA && join(process.env.LATENT_SKY_DATA, "resnet18-imagenet.safetensors");
test("the reconstruction is known by its content", {
  skip: !(here && existsSync(here)) && "LATENT_SKY_DATA has none",
}, () => {
  assert.match(
    imagenetFile(here as string),
    /a reconstruction of IMAGENET1K_V1: stem, layers 1 to 3 .* exact/,
  );
});
