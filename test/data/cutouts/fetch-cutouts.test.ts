import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import sharp from "sharp";
import { hips2fits, legacySurvey, soda } from "../../../lib/data/cutouts/cutout-services.js";
import { fetchCutouts } from "../../../lib/data/cutouts/fetch-cutouts.js";
import { openDataset } from "../../../lib/data/open-dataset.js";
import { scratch } from "../../scratch.js";

type Answer = (request: IncomingMessage, response: ServerResponse, times: number) => void;

/** A server on this machine that answers each right ascension in its own way, and counts. */
async function server(t: TestContext, answers: Record<string, Answer>) {
  const asked: { url: string; at: number }[] = [];
  const http = createServer((request, response) => {
    const url = new URL(request.url!, "http://localhost");
    const ra = url.searchParams.get("ra") ?? url.searchParams.get("CIRCLE")!.split(" ")[0];
    asked.push({ url: request.url!, at: performance.now() });
    const times = asked.filter((a) => a.url === request.url).length;
    (answers[ra] ?? answers.other)(request, response, times);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return { host: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, asked };
}

const jpeg = await sharp({ create: { width: 16, height: 16, channels: 3, background: "#40a060" } })
  .jpeg()
  .toBuffer();
const good: Answer = (_, response) => response.end(jpeg);
const later =
  (answer: Answer, until = 2): Answer =>
  (request, response, times) =>
    times < until ? answer(request, response, times) : good(request, response, times);

const sky = (...ra: number[]) => ({ ids: ra.map((r) => `s${r}`), ra, dec: ra.map((r) => r / 10) });
const quick = { arcsec: 30, pixels: 16, perSecond: 200, stallMs: 300 };

test("a server that misbehaves: waited for, asked again, or named; what is not a whole image is not kept", async (t) => {
  const folder = scratch(t);
  const { host, asked } = await server(t, {
    1: good,
    2: later((_, r) => r.writeHead(503).end()),
    3: later((_, r) => r.writeHead(200).end("<html>Service unavailable</html>")),
    4: later((_, r) =>
      r.writeHead(200, { "content-length": jpeg.length }).write(jpeg.subarray(0, 50), () => r.destroy()),
    ),
    5: later((_, r) => r.end(jpeg.subarray(0, jpeg.length - 40))),
    6: later((_, r) => void r.writeHead(200).write(jpeg.subarray(0, 20))),
    7: (_, r) => r.writeHead(404).end("no data there\nmore"),
    8: (_, r) => r.writeHead(500).end(),
  });
  const options = { ...quick, service: legacySurvey("ls-dr10", { host }), folder, attempts: 2 };
  const first = await fetchCutouts(sky(1, 2, 3, 4, 5, 6, 7, 8), options);
  assert.equal(first.fetched, 6);
  assert.deepEqual(first.skipped, [
    { name: "s7", reason: "the server answers 404: no data there" },
    { name: "s8", reason: "the server answers 500, 2 times" },
  ]);
  assert.equal(
    asked.filter((a) => a.url.includes("ra=7&")).length,
    1,
    "what is not there is not asked for again",
  );
  for (const i of [1, 2, 3, 4, 5, 6])
    assert.ok(readFileSync(join(folder, `s${i}.jpg`)).equals(jpeg), `image ${i}`);
  const before = asked.length;
  const again = await fetchCutouts(sky(1, 2, 3, 4, 5, 6), options);
  assert.deepEqual([again.fetched, again.there, asked.length], [0, 6, before]);
  // One that is gone is fetched again, and no other.
  rmSync(join(folder, "s3.jpg"));
  assert.equal((await fetchCutouts(sky(1, 2, 3), options)).fetched, 1);
  // Another size is another image.
  assert.equal((await fetchCutouts(sky(1), { ...options, arcsec: 60 })).fetched, 1);
  const notes = readFileSync(join(folder, "cutouts.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((l) => JSON.parse(l));
  assert.match(
    notes[0].url,
    /^http:\/\/127\.0\.0\.1:\d+\/viewer\/cutout\.jpg\?ra=\d&dec=0\.\d&layer=ls-dr10&pixscale=1\.875&size=16$/,
  );
  assert.match(notes[0].sha256, /^[0-9a-f]{64}$/);
  assert.match(readFileSync(join(folder, "provenance.json"), "utf8"), /Legacy Imaging Surveys/);
  const dataset = await openDataset(folder);
  assert.deepEqual([...dataset.ids], ["s1", "s2", "s3", "s4", "s5", "s6"]);
  await dataset.close();
  await assert.rejects(
    fetchCutouts(sky(1), { ...options, service: hips2fits("CDS/P/DSS2/color", { host }) }),
    /holds images of DESI Legacy.*another folder/,
  );
});

test("no more requests a second than agreed, and none while the server asks for quiet", async (t) => {
  const folder = scratch(t);
  const { host, asked } = await server(t, {
    2: later((_, r) => r.writeHead(429, { "retry-after": "0.4" }).end()),
    other: good,
  });
  const options = {
    ...quick,
    service: hips2fits("CDS/P/DSS2/color", { host }),
    folder,
    perSecond: 20,
    concurrency: 8,
  };
  const { fetched } = await fetchCutouts(sky(1, 2, 3, 4, 5, 6), options);
  assert.equal(fetched, 6);
  const times = asked.map((a) => a.at).sort((a, b) => a - b);
  // 50 ms apart but for what the network and a busy machine add or take: the whole is what counts.
  assert.ok(times.at(-1)! - times[0] >= 5 * 50 * 0.9, `${times.at(-1)! - times[0]} ms`);
  const [busy, retry] = asked.filter((a) => a.url.includes("ra=2&"));
  assert.ok(retry.at - busy.at >= 380, `asked again after ${retry.at - busy.at} ms`);
});

test("an image of another size than asked for is named and not kept, nor asked for again", async (t) => {
  const folder = scratch(t);
  const small = await sharp({ create: { width: 8, height: 16, channels: 3, background: "#000" } })
    .jpeg()
    .toBuffer();
  const cube = (width: number) => {
    const cards = [
      "SIMPLE  = T",
      "BITPIX  = 8",
      "NAXIS   = 3",
      `NAXIS1  = ${width}`,
      "NAXIS2  = 16",
      "NAXIS3  = 3",
    ];
    const header = [...cards, "END"].map((card) => {
      const [name, value] = card.split("= ");
      return (value ? `${name}= ${value.padStart(20)}` : card).padEnd(80);
    });
    const data = Math.ceil((width * 16 * 3) / 2880) * 2880;
    return Buffer.concat([Buffer.from(header.join("").padEnd(2880)), Buffer.alloc(data)]);
  };
  const { host, asked } = await server(t, { 1: good, 2: (_, r) => r.end(small) });
  const options = { ...quick, service: legacySurvey("ls-dr10", { host }), folder };
  const { fetched, skipped } = await fetchCutouts(sky(1, 2), options);
  assert.equal(fetched, 1);
  assert.deepEqual(skipped, [{ name: "s2", reason: "an image of 8 x 16 pixels came, not 16 x 16" }]);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".jpg")),
    ["s1.jpg"],
  );
  assert.equal(asked.filter((a) => a.url.includes("ra=2&")).length, 1);

  const fits = await server(t, { 1: (_, r) => r.end(cube(16)), 2: (_, r) => r.end(cube(12)) });
  const service = hips2fits("CDS/P/DSS2/color", { host: fits.host, format: "fits" });
  const cubes = await fetchCutouts(sky(1, 2), { ...quick, service, folder: join(folder, "cubes") });
  assert.deepEqual(
    [cubes.fetched, cubes.skipped.map((s) => s.reason)],
    [1, ["an image of 12 x 16 pixels came, not 16 x 16"]],
  );
});

test("a server that asks for quiet until a date is left alone until then, by its own clock", async (t) => {
  const folder = scratch(t);
  // A server whose clock is an hour behind: it wants two seconds.
  const behind = Date.now() - 3_600_000;
  const said = { date: new Date(behind).toUTCString(), "retry-after": new Date(behind + 2000).toUTCString() };
  const { host, asked } = await server(t, { 1: later((_, r) => r.writeHead(503, said).end()) });
  const options = { ...quick, service: legacySurvey("ls-dr10", { host }), folder };
  assert.equal((await fetchCutouts(sky(1), options)).fetched, 1);
  const waited = asked[1].at - asked[0].at;
  assert.ok(waited >= 1900 && waited < 20_000, `asked again after ${waited} ms`);
});

test("SODA gives FITS, and a stop leaves what has come", async (t) => {
  const folder = scratch(t);
  const fits = Buffer.from("SIMPLE  =                    T".padEnd(2880));
  const stop = new AbortController();
  const { host, asked } = await server(t, {
    other(_, response) {
      if (asked.length === 3) stop.abort(new Error("enough"));
      response.end(fits);
    },
  });
  const service = soda(`${host}/sync`, "ivo://survey/tile");
  const options = { ...quick, service, folder, concurrency: 1 };
  await assert.rejects(fetchCutouts(sky(1, 2, 3, 4, 5), { ...options, signal: stop.signal }), /enough/);
  const rest = await fetchCutouts(sky(1, 2, 3, 4, 5), options);
  assert.ok(rest.there >= 2 && rest.there + rest.fetched === 5, JSON.stringify(rest));
  assert.match(decodeURIComponent(asked[0].url), /ID=ivo:\/\/survey\/tile&CIRCLE=1\+0\.1\+0\.004166/);
});

test("an id leads nowhere: names stay in the folder, are seen, and never meet", async (t) => {
  const folder = join(scratch(t), "cutouts");
  const { host } = await server(t, { other: good });
  const options = { ...quick, service: legacySurvey("ls-dr10", { host }), folder };
  const ids = ["../../up", ".hidden", "/etc/passwd", "a".repeat(400), "J12+3"];
  const at = { ids, ra: ids.map((_, i) => i), dec: ids.map(() => 0) };
  const { fetched, skipped } = await fetchCutouts(at, options);
  assert.deepEqual([fetched, skipped], [5, []]);
  assert.deepEqual(
    readdirSync(folder)
      .filter((f) => f.endsWith(".jpg"))
      .sort(),
    ["J12+3.jpg", "__.._up.jpg", "_etc_passwd.jpg", "_hidden.jpg", `${"a".repeat(48)}.jpg`].sort(),
  );
  const same = { ids: ["a/b", "A_B"], ra: [1, 2], dec: [0, 0] };
  await assert.rejects(fetchCutouts(same, options), /Two sources would be the file A_B\.jpg/);
});

test("a server that never ends is left, and its image not kept", async (t) => {
  const block = Buffer.alloc(8 << 20, 0xff);
  const { host } = await server(t, {
    other: (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(block));
      };
      response.on("drain", more).writeHead(200);
      more();
    },
  });
  const options = {
    ...quick,
    stallMs: 10_000,
    service: legacySurvey("ls-dr10", { host }),
    folder: scratch(t),
  };
  const { skipped } = await fetchCutouts(sky(1), options);
  assert.deepEqual(skipped, [{ name: "s1", reason: "more than 256 MB came, which no cutout has" }]);
});
