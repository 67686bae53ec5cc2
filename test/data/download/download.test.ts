import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { downloadDataset } from "../../../lib/data/download/download.js";
import { downloadFile } from "../../../lib/data/download/download-file.js";
import type { Manifest, ManifestFile } from "../../../lib/data/download/manifest.js";
import { readManifests } from "../../../lib/data/download/manifest.js";
import { scratch } from "../../scratch.js";

const content = Buffer.from(Uint8Array.from({ length: 400_000 }, (_, i) => (i * 2654435761) >>> 24));
const md5 = createHash("md5").update(content).digest("hex");
const sha256 = createHash("sha256").update(content).digest("hex");

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
interface Seen {
  range?: string;
}

/** A server on the loopback that records the ranges it is asked for. */
async function serve(t: TestContext, handler: Handler): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ range: request.headers.range });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`, seen };
}

/**
 * Serves `content` with ranges. `limit` ends the connection after so many bytes, once they are in `part`: since Node 22 a
 * broken connection takes with it what nobody had read. `pace` sends 4 kB every so many ms.
 */
function rangeServer({
  limit = Number.POSITIVE_INFINITY,
  part = "",
  pace = 0,
  body = content,
  etag = '"v1"',
} = {}): Handler {
  return async (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const guard = request.headers["if-range"];
    const partial = request.headers.range !== undefined && (guard === undefined || guard === etag);
    if (partial && from >= body.length)
      return response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
    const start = partial ? from : 0;
    response.writeHead(partial ? 206 : 200, {
      "content-length": body.length - start,
      etag,
      ...(partial && { "content-range": `bytes ${start}-${body.length - 1}/${body.length}` }),
    });
    for (let at = start; at < body.length; at += 4096) {
      if (at - start >= limit) {
        while ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) < at) await sleep(5);
        return response.destroy();
      }
      response.write(body.subarray(at, Math.min(at + 4096, body.length)));
      if (pace) await sleep(pace);
    }
    response.end();
  };
}

const file = (urls: string[], more: Partial<ManifestFile> = {}): ManifestFile => ({
  name: "file.bin",
  urls,
  bytes: content.length,
  md5,
  sha256,
  ...more,
});

/** A process of its own that downloads one file. */
function downloader(path: string, what: ManifestFile): ChildProcess {
  const script = "test/data/download/download-child.ts";
  const args = ["--import", "tsx", script, path, JSON.stringify(what)];
  return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
}

test("a whole download arrives, is verified, reports progress, and leaves nothing beside it", async (t) => {
  const path = join(scratch(t), "downloads", "file.bin");
  const { url } = await serve(t, rangeServer());
  const events: number[] = [];
  await downloadFile(file([url]), path, { onProgress: (e) => events.push(e.done) });
  assert.equal(Buffer.compare(readFileSync(path), content), 0);
  assert.equal(events.at(-1), content.length);
  assert.ok(!existsSync(`${path}.part`) && !existsSync(`${path}.part.json`));
});

test("a connection that breaks is resumed where it stopped", async (t) => {
  const path = join(scratch(t), "file.bin");
  const { url, seen } = await serve(t, rangeServer({ limit: 150_000, part: `${path}.part` }));
  await downloadFile(file([url]), path, { attempts: 1 });
  assert.equal(Buffer.compare(readFileSync(path), content), 0);
  assert.equal(seen[0].range, undefined);
  assert.ok(seen.length > 1 && seen.slice(1).every((s) => /^bytes=[1-9]\d*-$/.test(s.range ?? "")));
});

test("kill -9 in the middle, then the same command: it resumes to identical bytes", async (t) => {
  const dir = scratch(t);
  const { url, seen } = await serve(t, rangeServer({ pace: 4 }));
  const path = join(dir, "file.bin");
  const part = `${path}.part`;
  const first = downloader(path, file([url]));
  const ended = new Promise((resolve) => first.once("exit", resolve));
  while (!existsSync(part) || statSync(part).size < 60_000) {
    assert.equal(first.exitCode, null, "the download ended before it could be killed");
    await sleep(5);
  }
  first.kill("SIGKILL");
  await ended;
  const kept = statSync(part).size;
  assert.ok(kept > 0 && kept < content.length);
  const code = await new Promise((resolve) => downloader(path, file([url])).once("exit", resolve));
  assert.equal(code, 0);
  assert.equal(Buffer.compare(readFileSync(path), content), 0);
  assert.equal(seen.at(-1)?.range, `bytes=${kept}-`);
  assert.deepEqual(readdirSync(dir), ["file.bin"]);
});

test("of two that want the same file one downloads it, and the other takes what came", async (t) => {
  const path = join(scratch(t), "file.bin");
  const { url, seen } = await serve(t, rangeServer({ pace: 1 }));
  const bare = file([url], { md5: undefined, sha256: undefined, bytes: undefined });
  await Promise.all([downloadFile(bare, path), downloadFile(bare, path), downloadFile(bare, path)]);
  assert.equal(Buffer.compare(readFileSync(path), content), 0);
  assert.equal(seen.length, 1);
});

test("a part under another validator, or under none, is never continued", async (t) => {
  for (const answered of ['"v2"', undefined]) {
    const path = join(scratch(t), "file.bin");
    const other = content.map((v) => 255 - v);
    let requests = 0;
    const { url } = await serve(t, (request, response) => {
      if (++requests === 1)
        return rangeServer({ limit: 100_000, part: `${path}.part`, body: Buffer.from(other) })(
          request,
          response,
        );
      // Heeds the range and not the condition: what it sends belongs to another file than the part.
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(from ? 206 : 200, {
        "content-length": content.length - from,
        ...(answered && { etag: answered }),
        ...(from && { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` }),
      });
      response.end(content.subarray(from));
    });
    const bare = file([url], { md5: undefined, sha256: undefined, bytes: undefined });
    await downloadFile(bare, path, { attempts: 2 });
    assert.equal(Buffer.compare(readFileSync(path), content), 0, `answered with ${answered}`);
  }
});

test("the old part is emptied before the tag of another file stands beside it", async (t) => {
  const path = join(scratch(t), "file.bin");
  const { url } = await serve(t, rangeServer({ etag: '"v2"' }));
  writeFileSync(`${path}.part`, Buffer.alloc(100_000, 1));
  writeFileSync(`${path}.part.json`, JSON.stringify({ url, validator: '"v1"' }));
  // The tag cannot be written, as if the process had ended there.
  rmSync(`${path}.part.json`);
  mkdirSync(`${path}.part.json`);
  const bare = file([url], { md5: undefined, sha256: undefined, bytes: undefined });
  await assert.rejects(downloadFile(bare, path, { attempts: 1 }));
  assert.equal(statSync(`${path}.part`).size, 0);
});

test("a file that is wrong each time is given up after as many whole downloads as there are attempts", async (t) => {
  const path = join(scratch(t), "file.bin");
  let whole = 0;
  const { url } = await serve(t, (request, response) => {
    // Breaks once in each download, so that every one of them makes progress.
    if (request.headers.range === undefined) whole++;
    return rangeServer({
      limit: request.headers.range === undefined ? 200_000 : undefined,
      part: `${path}.part`,
    })(request, response);
  });
  await assert.rejects(
    downloadFile(file([url], { md5: "0".repeat(32) }), path, { attempts: 2 }),
    /its md5 is/,
  );
  assert.ok(whole <= 2, `${whole} whole downloads`);
});

test("without a checksum, a part is continued only if the server says the file is still the same", async (t) => {
  const dir = scratch(t);
  const path = join(dir, "file.bin");
  const other = Buffer.from(content.map((v) => 255 - v));
  const bare = (url: string) => file([url], { md5: undefined, sha256: undefined, bytes: undefined });
  let broken = false;
  let handler: Handler = (q, r) => {
    // Breaks once after 100 kB, then is gone.
    if (broken) return r.writeHead(503).end();
    broken = true;
    return rangeServer({ limit: 100_000, part: `${path}.part` })(q, r);
  };
  const { url } = await serve(t, (q, r) => handler(q, r));
  await assert.rejects(downloadFile(bare(url), path, { attempts: 1 }), /What has arrived is kept/);
  assert.ok(statSync(`${path}.part`).size > 0);
  handler = rangeServer({ body: other, etag: '"v2"' });
  await downloadFile(bare(url), path, { attempts: 1 });
  assert.equal(Buffer.compare(readFileSync(path), other), 0, "never half of one and half of the other");
});

test("mirrors: a missing file, an error page, a wrong file; the next address is used", async (t) => {
  const path = join(scratch(t), "file.bin");
  const missing = await serve(t, (_, r) => r.writeHead(404).end());
  const page = await serve(t, (_, r) =>
    r.writeHead(200, { "content-type": "text/html" }).end("<html>sign in</html>"),
  );
  const wrong = await serve(t, rangeServer({ body: Buffer.alloc(content.length) }));
  const good = await serve(t, rangeServer());
  await downloadFile(file([missing.url, page.url, wrong.url, good.url]), path, { attempts: 1 });
  assert.equal(Buffer.compare(readFileSync(path), content), 0);
  assert.deepEqual([missing.seen.length, good.seen.length], [1, 1]);
  await assert.rejects(
    downloadFile(file([missing.url, wrong.url]), `${path}2`, { attempts: 1 }),
    /file\.bin could not be downloaded .*answers 404.*its md5 is .* is expected/,
  );
  assert.ok(!existsSync(`${path}2`), "a wrong file never gets its name");
});

test("offline: one sentence that says so and what to do", async (t) => {
  const path = join(scratch(t), "file.bin");
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  await assert.rejects(
    downloadFile(file(["http://nowhere.invalid/file.bin", `http://127.0.0.1:${port}/file.bin`]), path),
    /seems to be offline.*refuses connections.*put it into .*LATENT_SKY_DATA/,
  );
});

test("a server that says nothing is given up; an abort stops at once", async (t) => {
  const path = join(scratch(t), "file.bin");
  const { url } = await serve(t, (_, r) => r.writeHead(200, { "content-length": 100 }).write("x"));
  const bare = file([url], { bytes: undefined });
  await assert.rejects(downloadFile(bare, path, { attempts: 1, stallMs: 60 }), /no data came/);
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("enough")), 60);
  await assert.rejects(downloadFile(bare, path, { signal: stop.signal }), /enough/);
});

test("LATENT_SKY_DATA comes first; a damaged file there is not used; a release is gathered in one folder", async (t) => {
  const dir = scratch(t);
  const before = process.env.LATENT_SKY_DATA;
  process.env.LATENT_SKY_DATA = join(dir, "mine");
  t.after(() => {
    if (before === undefined) delete process.env.LATENT_SKY_DATA;
    else process.env.LATENT_SKY_DATA = before;
  });
  mkdirSync(join(dir, "mine"));
  writeFileSync(join(dir, "mine", "file.bin"), content);
  const { url, seen } = await serve(t, rangeServer());
  const manifest: Manifest = { name: "m", source: "", page: "", licence: "", files: [file([url])] };
  assert.deepEqual(await downloadDataset(manifest), [
    { name: "file.bin", path: join(dir, "mine", "file.bin"), how: "found" },
  ]);
  assert.equal(seen.length, 0);
  manifest.folder = "release";
  manifest.files.push(file([url], { name: "second.bin" }));
  const folder = join(dir, "cache", "downloads", "release");
  assert.deepEqual(
    (await downloadDataset(manifest)).map((f) => [f.path, f.how]),
    [
      [join(folder, "file.bin"), "found"],
      [join(folder, "second.bin"), "downloaded"],
    ],
  );
  assert.equal(Buffer.compare(readFileSync(join(folder, "file.bin")), content), 0);
  writeFileSync(join(dir, "mine", "file.bin"), content.subarray(1));
  assert.equal((await downloadDataset({ ...manifest, folder: "again" }))[0].how, "downloaded");
});

test("the committed manifests are well formed", async () => {
  for (const [name, m] of await readManifests()) {
    assert.ok(m.source && m.licence && m.page.startsWith("https://"), name);
    for (const f of m.files) {
      assert.ok(f.urls.length > 0 && f.urls.every((u) => /^https?:\/\//.test(u)), f.name);
      assert.match(f.md5 ?? "0".repeat(32), /^[0-9a-f]{32}$/);
      assert.match(f.sha256 ?? "0".repeat(8), /^[0-9a-f]{8,64}$/);
    }
  }
});
