import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { archiveLimits } from "../../../lib/data/archives/archive.js";
import { openArchive } from "../../../lib/data/archives/open-archive.js";
import { scratch } from "../../scratch.js";
import { patch, tarBytes, writeZip } from "./make-archives.js";

const text = (s: string) => new Uint8Array(Buffer.from(s));
const a = text("first file".repeat(50));
const b = text("second file");
const names = (archive: { entries: readonly { name: string }[] }) => archive.entries.map((e) => e.name);
const reasons = (archive: { skipped: readonly { name: string; reason: string }[] }) =>
  Object.fromEntries(archive.skipped.map((s) => [s.name, s.reason]));

test("zip, stored zip, tar, tar.gz and folder give the same entries and bytes", async (t) => {
  const dir = scratch(t);
  mkdirSync(join(dir, "folder", "sub"), { recursive: true });
  writeFileSync(join(dir, "folder", "a.txt"), a);
  writeFileSync(join(dir, "folder", "sub", "b.txt"), b);
  writeZip(join(dir, "a.zip"), { "a.txt": a, "sub/b.txt": b });
  writeZip(join(dir, "stored.zip"), { "a.txt": [a, { level: 0 }], "sub/b.txt": [b, { level: 0 }] });
  const tar = await tarBytes([
    { name: "a.txt", body: a },
    { name: "sub/", type: "directory" },
    { name: "./sub/b.txt", body: b },
  ]);
  writeFileSync(join(dir, "a.tar"), tar);
  writeFileSync(join(dir, "misnamed.zip"), gzipSync(tar));
  for (const name of ["folder", "a.zip", "stored.zip", "a.tar", "misnamed.zip"]) {
    const archive = await openArchive(join(dir, name));
    assert.deepEqual(names(archive), ["a.txt", "sub/b.txt"], name);
    const read = await Promise.all(["a.txt", "sub/b.txt", "a.txt"].map((n) => archive.read(n)));
    assert.deepEqual(
      read.map((r) => Buffer.from(r).toString()),
      [a, b, a].map((r) => Buffer.from(r).toString()),
    );
    assert.deepEqual(archive.skipped, []);
    await assert.rejects(archive.read("none.txt"), /none\.txt/);
    await archive.close();
  }
});

test("tar: long names of ustar, GNU and pax, and the fingerprint follows the content", async (t) => {
  const dir = scratch(t);
  const long = `${"deep/".repeat(30)}${"x".repeat(80)}.txt`;
  writeFileSync(
    join(dir, "pax.tar"),
    await tarBytes([
      { name: long, body: a },
      { name: "ünï.txt", body: b },
    ]),
  );
  const archive = await openArchive(join(dir, "pax.tar"));
  assert.deepEqual(names(archive), [long, "ünï.txt"]);
  assert.equal(Buffer.from(await archive.read(long)).toString(), Buffer.from(a).toString());
  writeFileSync(
    join(dir, "other.tar"),
    await tarBytes([
      { name: long, body: b },
      { name: "ünï.txt", body: b },
    ]),
  );
  assert.notEqual((await openArchive(join(dir, "other.tar"))).fingerprint, archive.fingerprint);
});

test("a large tar.gz is decompressed once into the cache and read from there", async (t) => {
  const dir = scratch(t);
  // Above the 64 MiB kept in memory; not all zeros, which would be a bomb.
  const big = new Uint8Array(66 * 1024 ** 2).map((_, i) => (i * 2654435761) >>> 24);
  writeFileSync(
    join(dir, "big.tar.gz"),
    gzipSync(
      await tarBytes([
        { name: "big", body: big },
        { name: "b", body: b },
      ]),
      { level: 1 },
    ),
  );
  for (let time = 0; time < 2; time++) {
    const archive = await openArchive(join(dir, "big.tar.gz"));
    assert.equal(Buffer.from(await archive.read("b")).toString(), "second file");
    assert.equal(Buffer.compare(await archive.read("big"), big), 0);
    await archive.close();
    assert.deepEqual(
      readdirSync(join(dir, "cache", "tar"))
        .map((f) => f.replace(/^\w{16}/, ""))
        .sort(),
      [".index.json", ".tar"],
    );
  }
});

test("truncated archives are refused with their name, wherever they are cut", async (t) => {
  const dir = scratch(t);
  writeZip(join(dir, "whole.zip"), { "a.txt": a, "b.txt": b });
  const zip = await import("node:fs").then((fs) => fs.readFileSync(join(dir, "whole.zip")));
  const tar = await tarBytes([
    { name: "a.txt", body: new Uint8Array(3000) },
    { name: "b.txt", body: b },
  ]);
  const gz = gzipSync(tar);
  const cuts: [string, Buffer][] = [
    ["half.zip", zip.subarray(0, zip.length / 2)],
    ["tail.zip", zip.subarray(0, zip.length - 4)],
    ["half.tar", tar.subarray(0, 2000)],
    ["half.tar.gz", gz.subarray(0, gz.length / 2)],
    ["tail.tar.gz", gz.subarray(0, gz.length - 4)],
  ];
  for (const [name, bytes] of cuts) {
    writeFileSync(join(dir, name), bytes);
    await assert.rejects(
      openArchive(join(dir, name)),
      (e: Error) => e.message.includes(name) && /truncated|whole/.test(e.message),
      name,
    );
  }
  writeFileSync(join(dir, "empty.zip"), "");
  await assert.rejects(openArchive(join(dir, "empty.zip")), /empty\.zip is empty \(0 bytes\)/);
  writeFileSync(join(dir, "text.zip"), "not an archive at all");
  await assert.rejects(openArchive(join(dir, "text.zip")), /neither a zip nor a tar/);
  await assert.rejects(openArchive(join(dir, "absent.zip")), /no file or folder/);
});

test("entries that a directory does not count, or that are named as folders and have content, are not lost in silence", async (t) => {
  const dir = scratch(t);
  const path = writeZip(join(dir, "a.zip"), { "a.txt": a, "b/": b, "c.txt": b });
  const zip = await openArchive(path);
  assert.deepEqual([names(zip), Object.keys(reasons(zip))], [["a.txt", "c.txt"], ["b/"]]);
  assert.match(reasons(zip)["b/"], /named as a folder and has content/);
  await zip.close();
  // Java and macOS count modulo 65536 where they write no zip64.
  const bytes = readFileSync(path);
  for (const at of [8, 10]) bytes.writeUInt16LE(2, bytes.length - 22 + at);
  writeFileSync(join(dir, "counted.zip"), bytes);
  await assert.rejects(
    openArchive(join(dir, "counted.zip")),
    /counted\.zip holds more entries than the 2 it counts/,
  );
  writeFileSync(
    join(dir, "a.tar"),
    await tarBytes([
      { name: "a.txt", body: a },
      { name: "b/", type: "file", body: b },
    ]),
  );
  const tar = await openArchive(join(dir, "a.tar"));
  assert.deepEqual([names(tar), Object.keys(reasons(tar))], [["a.txt"], ["b/"]]);
  // An end record that says of itself that nothing is there.
  bytes.fill(0, bytes.length - 18);
  writeFileSync(join(dir, "none.zip"), bytes);
  await assert.rejects(
    openArchive(join(dir, "none.zip")),
    /none\.zip begins with an entry and counts none: its end/,
  );
  const nothing = Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]);
  writeFileSync(join(dir, "nothing.zip"), nothing);
  const whole = await openArchive(join(dir, "nothing.zip"));
  assert.deepEqual([whole.entries, whole.skipped], [[], []]);
  await whole.close();
});

test("../, absolute names and links are listed with a reason; the rest works; nothing is written outside the cache", async (t) => {
  const dir = scratch(t);
  const link = { os: 3, attrs: (0o120777 << 16) >>> 0 };
  writeZip(join(dir, "evil.zip"), {
    "../evil.txt": a,
    "a/../../evil.txt": a,
    "/etc/evil.txt": a,
    "C:\\evil.txt": a,
    "link.txt": [text("/etc/passwd"), link],
    "fine.txt": b,
  });
  const zip = await openArchive(join(dir, "evil.zip"));
  assert.deepEqual(names(zip), ["fine.txt"]);
  assert.deepEqual(reasons(zip), {
    "../evil.txt": 'its name leaves the archive through ".."',
    "a/../../evil.txt": 'its name leaves the archive through ".."',
    "/etc/evil.txt": "its name is an absolute path",
    "C:/evil.txt": "its name is an absolute path",
    "link.txt": "it is a symbolic link",
  });
  await assert.rejects(zip.read("../evil.txt"), /no entry/);

  const tar = await tarBytes([
    { name: "../evil.txt", body: a },
    { name: "/etc/evil.txt", body: a },
    { name: "soft", type: "symlink", linkname: "/etc/passwd" },
    { name: "hard", type: "link", linkname: "/etc/passwd" },
    { name: "device", type: "character-device" },
    { name: "fine.txt", body: b },
    { name: "fine.txt", body: a },
  ]);
  writeFileSync(join(dir, "evil.tar.gz"), gzipSync(tar));
  const opened = await openArchive(join(dir, "evil.tar.gz"));
  assert.deepEqual(names(opened), ["fine.txt"]);
  // As whoever unpacks it gets it.
  assert.deepEqual(Buffer.from(await opened.read("fine.txt")), Buffer.from(a));
  assert.deepEqual(Object.keys(reasons(opened)), [
    "../evil.txt",
    "/etc/evil.txt",
    "soft",
    "hard",
    "device",
    "fine.txt",
  ]);

  mkdirSync(join(dir, "folder"));
  writeFileSync(join(dir, "folder", "fine.txt"), b);
  symlinkSync("/etc/passwd", join(dir, "folder", "out.txt"));
  symlinkSync("fine.txt", join(dir, "folder", "inside.txt"));
  symlinkSync("nowhere", join(dir, "folder", "dangling.txt"));
  const folder = await openArchive(join(dir, "folder"));
  assert.deepEqual(names(folder), ["fine.txt", "inside.txt"]);
  assert.deepEqual(reasons(folder), {
    "dangling.txt": "it is a link to nothing",
    "out.txt": "it is a link out of the folder",
  });
  assert.deepEqual(readdirSync(dir).sort(), ["evil.tar.gz", "evil.zip", "folder"]);
});

test("a later entry of a name replaces the earlier one, as in whatever unpacks them", async (t) => {
  const dir = scratch(t);
  const path = writeZip(join(dir, "twice.zip"), { "x.txt": a, "y.txt": b });
  writeFileSync(path, patch(readFileSync(path), "y.txt", "x.txt"));
  const zip = await openArchive(path);
  assert.deepEqual(names(zip), ["x.txt"]);
  assert.deepEqual(Buffer.from(await zip.read("x.txt")), Buffer.from(b));
  assert.deepEqual(reasons(zip), { "x.txt": "a later entry of the same name replaces it" });
  await zip.close();
});

test("behind a sparse file with many holes the others are there; a tar behind another is told", async (t) => {
  const dir = scratch(t);
  // GNU's old format: type S, byte 482 says that 512 bytes of map come before the data.
  const whole = await tarBytes([
    { name: "holes.fits", body: new Uint8Array(10).fill(1) },
    { name: "fine.txt", body: b },
  ]);
  const head = Buffer.from(whole.subarray(0, 512));
  head.write("S", 156);
  head[482] = 1;
  head.fill(" ", 148, 156);
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  const sparse = Buffer.concat([head, Buffer.alloc(512), whole.subarray(512)]);
  writeFileSync(join(dir, "sparse.tar"), sparse);
  const tar = await openArchive(join(dir, "sparse.tar"));
  assert.deepEqual(names(tar), ["fine.txt"]);
  assert.equal(Buffer.from(await tar.read("fine.txt")).toString(), "second file");
  assert.deepEqual(reasons(tar), { "holes.fits": "it is a sparse file" });
  await tar.close();
  writeFileSync(join(dir, "two.tar"), Buffer.concat([sparse, whole]));
  const two = await openArchive(join(dir, "two.tar"));
  assert.match(reasons(two)["(end of archive)"], /another archive follows .* --ignore-zeros/);
  await two.close();
});

test("decompression bombs: declared size, ratio, lying size, overlapping entries, expanding tar.gz, too many entries", async (t) => {
  const dir = scratch(t);
  const zeros = new Uint8Array(80 * 1024 ** 2);
  const bomb = writeZip(join(dir, "bomb.zip"), { "zeros.png": [zeros, { level: 9 }], "fine.txt": b });
  const opened = await openArchive(bomb);
  assert.deepEqual(names(opened), ["fine.txt"]);
  assert.match(reasons(opened)["zeros.png"], /decompression bomb/);
  const small = await openArchive(bomb, { ratioFloor: Number.POSITIVE_INFINITY, maxEntryBytes: 1e6 });
  assert.match(reasons(small)["zeros.png"], /it declares 83886080 bytes/);
  await assert.rejects(openArchive(bomb, { maxEntries: 1 }), /lists 2 entries/);

  // The header says 500 bytes, the data go on: inflating stops there.
  const size = Buffer.alloc(4);
  size.writeUInt32LE(zeros.length);
  const lie = Buffer.alloc(4);
  lie.writeUInt32LE(500);
  const fs = await import("node:fs");
  writeFileSync(join(dir, "lie.zip"), patch(fs.readFileSync(bomb), size, lie));
  const lying = await openArchive(join(dir, "lie.zip"));
  await assert.rejects(
    lying.read("zeros.png"),
    /lie\.zip: "zeros\.png" cannot be read: it expands beyond the 500 bytes/,
  );
  assert.equal(Buffer.from(await lying.read("fine.txt")).toString(), "second file");

  // Two directory records that point at one entry.
  writeZip(join(dir, "two.zip"), { "a.txt": a, "b.txt": a });
  const two = fs.readFileSync(join(dir, "two.zip"));
  const second = two.indexOf("PK\x01\x02", two.indexOf("PK\x01\x02") + 4, "latin1");
  two.writeUInt32LE(0, second + 42);
  writeFileSync(join(dir, "overlap.zip"), two);
  await assert.rejects(openArchive(join(dir, "overlap.zip")), /overlap/);

  writeFileSync(
    join(dir, "bomb.tar.gz"),
    gzipSync(await tarBytes([{ name: "zeros", body: zeros }]), { level: 9 }),
  );
  await assert.rejects(
    openArchive(join(dir, "bomb.tar.gz")),
    /bomb\.tar\.gz cannot be decompressed: it expands to more than 250 times/,
  );
  assert.ok(!fs.existsSync(join(dir, "cache", "tar")) || readdirSync(join(dir, "cache", "tar")).length === 0);
  assert.ok(archiveLimits.maxRatio < 1030, "deflate's own limit: a larger ratio would never trigger");
});

test("a damaged entry fails by itself, by its checksum, and is named", async (t) => {
  const dir = scratch(t);
  writeZip(join(dir, "ok.zip"), { "a.txt": [a, { level: 0 }], "b.txt": [b, { level: 0 }] });
  const fs = await import("node:fs");
  writeFileSync(
    join(dir, "flipped.zip"),
    patch(fs.readFileSync(join(dir, "ok.zip")), "second file", "s3cond file"),
  );
  const archive = await openArchive(join(dir, "flipped.zip"));
  await assert.rejects(archive.read("b.txt"), /flipped\.zip: "b\.txt" cannot be read: its checksum/);
  assert.equal((await archive.read("a.txt")).length, a.length);
});

test("names that are not UTF-8 stay readable and open, in zip, tar and folder", async (t) => {
  const dir = scratch(t);
  const fs = await import("node:fs");
  const odd = Buffer.from([0x63, 0x61, 0x66, 0xe9]); // "café" in Latin-1
  writeZip(join(dir, "plain.zip"), { "caf_.txt": a });
  writeFileSync(join(dir, "odd.zip"), patch(fs.readFileSync(join(dir, "plain.zip")), "caf_", odd));
  mkdirSync(join(dir, "folder"));
  writeFileSync(Buffer.concat([Buffer.from(join(dir, "folder/")), odd, Buffer.from(".txt")]), a);
  const tar = await tarBytes([{ name: "caf_.txt", body: a }]);
  const header = Buffer.from(tar);
  odd.copy(header, 0);
  const sum = header.subarray(0, 512).reduce((s, byte, i) => s + (i >= 148 && i < 156 ? 32 : byte), 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  writeFileSync(join(dir, "odd.tar"), header);
  for (const name of ["odd.zip", "odd.tar", "folder"]) {
    const archive = await openArchive(join(dir, name));
    assert.deepEqual(names(archive), ["café.txt"], name);
    assert.equal((await archive.read("café.txt")).length, a.length, name);
  }
});
