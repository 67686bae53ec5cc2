import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { PixelImage } from "../../../lib/data/images/image.js";
import { memoryStack, openStack } from "../../../lib/data/images/image-stack.js";
import { resizeImage } from "../../../lib/data/images/resize-image.js";
import { type ImageList, stackImages } from "../../../lib/data/images/stack-images.js";
import { writeStack } from "../../../lib/data/images/write-stack.js";
import { scratch } from "../../scratch.js";

/** Image i is filled with i, so a row read from the wrong place shows. */
const plain = (n: number, side = 4, channels = 1): ImageList => ({
  length: n,
  ids: Array.from({ length: n }, (_, i) => `image ${i}`),
  image: async (i) => ({
    data: new Uint8Array(side * side * channels).fill(i),
    width: side,
    height: side,
    channels,
  }),
});

test("a stack in memory and a stack on disk read the same images at any indices", async (t) => {
  const dir = scratch(t);
  const images = plain(20);
  const memory = await stackImages(images);
  const disk = await stackImages(images, { path: join(dir, "stack") });
  for (const indices of [[0], [19, 0, 1, 2, 7, 7, 6], [], [...Array(20).keys()]]) {
    const expected = indices.flatMap((i) => Array(16).fill(i));
    assert.deepEqual([...(await memory.read(indices))], expected);
    assert.deepEqual([...(await disk.read(indices))], expected);
  }
  await assert.rejects(memory.read([20]), /images 0 to 19; there is no 20/);
  await assert.rejects(disk.read([-1]), /there is no -1/);
  await disk.close();
  assert.throws(
    () => memoryStack({ data: new Uint8Array(3), height: 1, width: 2, channels: 1, ids: ["a"] }),
    /has 2 bytes, not 3/,
  );
});

test("a stack reads into the memory it is given, and leaves it alone once a read has failed", async (t) => {
  const dir = scratch(t);
  const images = plain(20);
  const path = join(dir, "stack");
  const disk = await stackImages(images, { path });
  for (const stack of [await stackImages(images), disk]) {
    const room = new Uint8Array(3 * 16 + 2).fill(200);
    const into = room.subarray(1, 49);
    assert.equal(await stack.read([19, 3, 4], into), into);
    assert.deepEqual(
      [...room],
      [200, ...Array(16).fill(19), ...Array(16).fill(3), ...Array(16).fill(4), 200],
      "and nothing beside it",
    );
    await assert.rejects(stack.read([1, 2], into), /2 images of the stack are 32 bytes; .* has 48/);
    assert.equal(room[1], 19, "a refused read writes nothing");
  }

  // The file is cut under the reader's hands: the first image fails at once, those after it are read meanwhile.
  truncateSync(`${path}.u8`, 19 * 16);
  const order = [19, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18];
  for (let round = 0; round < 20; round++) {
    const into = new Uint8Array(order.length * 16);
    await assert.rejects(disk.read(order, into), /ends too early/);
    into.fill(255);
    await sleep(1);
    assert.ok(
      into.every((v) => v === 255),
      "a read went on after its failure was told",
    );
  }
  await disk.close();
});

test("other pixels under the same ids are another stack, also of a list that does not say what it holds", async (t) => {
  const path = join(scratch(t), "stack");
  const images = plain(5);
  const after = async (list: ImageList) => {
    const stack = await stackImages(list, { path });
    const bytes = await stack.read([3]);
    await stack.close();
    return bytes[0];
  };
  assert.equal(await after(images), 3);
  const written = statSync(`${path}.u8`).mtimeMs;
  assert.equal(await after(images), 3);
  assert.equal(statSync(`${path}.u8`).mtimeMs, written, "the same pixels are not written again");
  const other: ImageList = {
    ...images,
    image: async (i) => {
      const image = await images.image(i);
      return i === 3 ? { ...image, data: image.data.map(() => 77) } : image;
    },
  };
  assert.equal(await after(other), 77);
});

test("images that fail are left out and listed; indices say which rows remain", async (t) => {
  const dir = scratch(t);
  const images = plain(10);
  const broken: ImageList = {
    ...images,
    image: async (i) => {
      if (i % 3 === 0) throw new Error(`image ${i} is broken`);
      return images.image(i);
    },
  };
  for (const options of [{}, { path: join(dir, "stack") }]) {
    const stack = await stackImages(broken, { ...options, indices: [9, 8, 7, 6, 5] });
    assert.deepEqual([...stack.indices], [8, 7, 5]);
    assert.deepEqual([...stack.ids], ["image 8", "image 7", "image 5"]);
    assert.deepEqual(stack.skipped, [
      { name: "image 9", reason: "image 9 is broken" },
      { name: "image 6", reason: "image 6 is broken" },
    ]);
    assert.deepEqual([...(await stack.read([2, 0]))], [...Array(16).fill(5), ...Array(16).fill(8)]);
    await stack.close();
  }
  const none: ImageList = { ...images, image: () => Promise.reject(new Error("all broken")) };
  await assert.rejects(stackImages(none), /No image can be stacked: all broken/);
});

test("sizes and channels are brought together; without a size, differing images are an error", async () => {
  const mixed: ImageList = {
    length: 3,
    ids: ["a", "b", "c"],
    image: async (i): Promise<PixelImage> =>
      i === 0
        ? { data: new Uint8Array(30 * 20 * 3).fill(90), width: 30, height: 20, channels: 3 }
        : i === 1
          ? { data: new Uint8Array(64).fill(90), width: 8, height: 8, channels: 1 }
          : { data: new Float32Array(64).map((_, k) => k), width: 8, height: 8, channels: 1 },
  };
  await assert.rejects(stackImages(mixed), /8 x 8 and others are 30 x 20: give the size/);
  const stack = await stackImages(mixed, { size: 10 });
  assert.deepEqual([stack.width, stack.height, stack.channels], [10, 10, 3]);
  assert.ok(
    (await stack.read([0, 1])).every((v) => v === 90),
    "resampling keeps a flat image flat",
  );
  assert.ok(new Set(await stack.read([2])).size > 10, "float images are stretched");
  const grey = await stackImages(mixed, { size: 10, channels: 1 });
  assert.equal((await grey.read([0])).length, 100);
  assert.throws(
    () => resizeImage({ data: new Float32Array(4), width: 2, height: 2, channels: 1 }, 1, 1),
    /stretchToBytes/,
  );
});

test("a stack of the same key is reused, of another key made anew; a damaged one is noticed", async (t) => {
  const path = join(scratch(t), "stack");
  let made = 0;
  const make = async (start: number, end: number) => {
    made++;
    return {
      images: Array.from({ length: end - start }, (_, k) => Uint8Array.of(start + k)),
      note: { start },
    };
  };
  const plan = { key: "a", height: 1, width: 1, channels: 1, ids: ["0", "1", "2", "3", "4"], chunkLength: 2 };
  const first = await writeStack(path, plan, make);
  assert.deepEqual(first.notes, [{ start: 0 }, { start: 2 }, { start: 4 }]);
  await (await writeStack(path, plan, make)).close();
  assert.equal(made, 3);
  await (await writeStack(path, { ...plan, key: "b" }, make)).close();
  assert.equal(made, 6);
  assert.deepEqual(readdirSync(join(path, "..")).sort(), ["stack.json", "stack.u8"]);
  appendFileSync(`${path}.u8`, "x");
  await assert.rejects(openStack(path), /has 6 bytes where its index promises 5/);
  writeFileSync(`${path}.json`, "{ half");
  await assert.rejects(openStack(path), /no complete image stack/);
  await (await writeStack(path, plan, make)).close();
  await first.close();
});

test("pixels that were cut short or changed on the disk are told, and made again by who can", async (t) => {
  const path = join(scratch(t), "stack");
  const said: string[] = [];
  t.mock.method(console, "warn", (line: string) => said.push(line));
  const plan = { key: "a", height: 1, width: 2, channels: 1, ids: [..."01234"], chunkLength: 2 };
  // A chunk with an image left out, and one with none left.
  const image = (i: number) => (i === 1 || i > 3 ? { skipped: "torn" } : Uint8Array.of(i, 7));
  const open = () =>
    writeStack(path, plan, async (start, end) => ({
      images: Array.from({ length: end - start }, (_, k) => image(start + k)),
    }));
  const pixels = async () => {
    const stack = await open();
    const bytes = await stack.read([...stack.ids.keys()]);
    await stack.close();
    return [...bytes];
  };
  const whole = [0, 7, 2, 7, 3, 7];
  assert.deepEqual([await pixels(), await pixels(), said], [whole, whole, []]);
  for (const damaged of [
    [0, 7, 2],
    [0, 7, 2, 7, 3, 71],
    [0, 0, 0, 0, 0, 0],
  ]) {
    writeFileSync(`${path}.u8`, Uint8Array.from(damaged));
    await assert.rejects(
      openStack(path),
      /u8 (has 3 bytes where|changed after).*; delete it and make it again/,
    );
    assert.deepEqual(await pixels(), whole);
    assert.match(said.pop()!, /stack\.u8 is damaged: the stack is made again/);
    assert.deepEqual(said, []);
  }
  // As an earlier version wrote it.
  const index = JSON.parse(readFileSync(`${path}.json`, "utf8"));
  writeFileSync(`${path}.json`, JSON.stringify({ ...index, sums: undefined }));
  await (await openStack(path)).close();
  for (const sums of [7, [7], [[2, "x"]], [[-1, "x"]], [["x"]]]) {
    writeFileSync(`${path}.json`, JSON.stringify({ ...index, sums }));
    assert.deepEqual(await pixels(), whole, String(sums));
  }
});

test("an aborted stack goes on at the chunk it stopped in", async (t) => {
  const path = join(scratch(t), "stack");
  const plan = {
    key: "a",
    height: 1,
    width: 1,
    channels: 1,
    ids: Array.from({ length: 9 }, String),
    chunkLength: 2,
  };
  const stop = new AbortController();
  const starts: number[] = [];
  const make = async (start: number, end: number) => {
    starts.push(start);
    if (start === 4) stop.abort(new Error("stopped"));
    return { images: Array.from({ length: end - start }, (_, k) => Uint8Array.of(start + k)) };
  };
  await assert.rejects(writeStack(path, plan, make, stop.signal), /stopped/);
  await assert.rejects(openStack(path), /no complete image stack/);
  // What a kill leaves behind the last journalled chunk.
  appendFileSync(`${path}.u8.partial`, "garbage");
  const stack = await writeStack(path, plan, make);
  assert.deepEqual(starts, [0, 2, 4, 6, 8]);
  assert.deepEqual([...(await stack.read([...Array(9).keys()]))], [...Array(9).keys()]);
  await stack.close();
});

test("a finished chunk is a line added to the journal, and a line cut short by a kill is dropped", async (t) => {
  const path = join(scratch(t), "stack");
  const plan = { key: "a", height: 1, width: 1, channels: 1, ids: [..."0123456"], chunkLength: 1 };
  const journal = `${path}.partial.jsonl`;
  const seen: { file: number; lines: string[] }[] = [];
  const stop = new AbortController();
  const make = async (start: number) => {
    if (existsSync(journal))
      seen.push({
        file: statSync(journal).ino,
        lines: readFileSync(journal, "utf8").split("\n").slice(0, -1),
      });
    if (start === 5 && !stop.signal.aborted) stop.abort(new Error("stopped"));
    return { images: [Uint8Array.of(start)], note: "é".repeat(start) };
  };
  await assert.rejects(writeStack(path, plan, make, stop.signal), /stopped/);
  // Never replaced: its cost does not grow with what it holds.
  assert.equal(new Set(seen.map((s) => s.file)).size, 1);
  for (let k = 1; k < seen.length; k++)
    assert.deepEqual(seen[k].lines.slice(0, seen[k - 1].lines.length), seen[k - 1].lines);
  appendFileSync(journal, '{"end":7,"kept":[');
  const stack = await writeStack(path, plan, make);
  assert.deepEqual([...(await stack.read([0, 1, 2, 3, 4, 5, 6]))], [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(
    stack.notes,
    [0, 1, 2, 3, 4, 5, 6].map((k) => "é".repeat(k)),
  );
  await stack.close();
});

test("kill -9 while a stack is written, then again: the same bytes as undisturbed", async (t) => {
  const dir = scratch(t);
  const script = join(dir, "write.mts");
  writeFileSync(
    script,
    `const { writeStack } = await import(${JSON.stringify(join(process.cwd(), "lib/data/images/write-stack.ts"))});
     const ids = Array.from({ length: 400 }, (_, i) => String(i));
     await writeStack(process.argv[2], { key: "k", height: 8, width: 8, channels: 1, ids, chunkLength: 4 }, async (start, end) => {
       await new Promise((r) => setTimeout(r, Number(process.argv[3])));
       return { images: Array.from({ length: end - start }, (_, k) => start + k === 7 ? { skipped: "seven" } : new Uint8Array(64).fill((start + k) % 251)) };
     });`,
  );
  const run = (name: string, pause: number) =>
    spawn(
      process.execPath,
      ["--import", import.meta.resolve("tsx"), script, join(dir, name), String(pause)],
      { stdio: "ignore" },
    );
  const exit = (child: ReturnType<typeof run>) => new Promise((resolve) => child.once("exit", resolve));
  const killed = run("killed", 10);
  const ended = exit(killed);
  const partial = join(dir, "killed.u8.partial");
  while (!existsSync(partial) || statSync(partial).size < 2000) {
    assert.equal(killed.exitCode, null, "the writer ended before it could be killed");
    await sleep(5);
  }
  killed.kill("SIGKILL");
  await ended;
  assert.ok(!existsSync(join(dir, "killed.json")));
  const [again, whole] = await Promise.all([exit(run("killed", 0)), exit(run("whole", 0))]);
  assert.deepEqual([again, whole], [0, 0]);
  assert.equal(Buffer.compare(readFileSync(join(dir, "killed.u8")), readFileSync(join(dir, "whole.u8"))), 0);
  assert.equal(readFileSync(join(dir, "killed.json"), "utf8"), readFileSync(join(dir, "whole.json"), "utf8"));
});
