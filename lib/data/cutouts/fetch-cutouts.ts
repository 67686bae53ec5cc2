import { existsSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { digest } from "../../digest.js";
import { atomicWrite } from "../../files/atomic-write.js";
import { inParallel } from "../../files/in-parallel.js";
import { linkedAbort } from "../../files/linked-abort.js";
import { plainName } from "../../files/plain-name.js";
import { writeError } from "../../files/write-error.js";
import type { OnProgress } from "../../progress-event.js";
import type { Skipped } from "../archives/archive.js";
import { fetchFollowing } from "../download/fetch-following.js";
import { retryAfter } from "../download/retry-after.js";
import type { CutoutService } from "./cutout-services.js";
import { whyNoImage, wrongSize } from "./why-no-image.js";

export interface FetchCutoutsOptions {
  service: CutoutService;
  /** Where the images go, one file a source, named by its id. */
  folder: string;
  /** Width of a cutout on the sky, arcseconds; or one for each source. */
  arcsec: number | ArrayLike<number>;
  /** Pixels on a side, where the service scales images; default 256. */
  pixels?: number;
  /** Requests that are begun in a second, at most; default 2. Services are shared: ask before you raise it. */
  perSecond?: number;
  /** Requests at once; default 4. */
  concurrency?: number;
  /** Tries of one image; default 4. */
  attempts?: number;
  /** Milliseconds without a byte after which a connection is given up; default 60 000. */
  stallMs?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Where sources are. */
export interface SourcePositions {
  ids: readonly string[];
  ra: ArrayLike<number>;
  dec: ArrayLike<number>;
}

export interface FetchedCutouts {
  folder: string;
  fetched: number;
  /** Images that an earlier call had fetched. */
  there: number;
  /** Sources without an image, and why. */
  skipped: Skipped[];
}

/** What is noted of each image, a line of `cutouts.jsonl`. */
interface Note {
  id: string;
  file: string;
  url: string;
  bytes: number;
  sha256: string;
  fetched: string;
}

/** The longest that a server may ask us to wait. */
const LONGEST_WAIT = 120_000;
/** Bytes of an image: a server that never ends fills no memory. */
const LARGEST = 256 << 20;

/**
 * Fetches an image of every source from a cutout service into a folder that `openDataset` opens. At most `perSecond`
 * requests a second; a server that says "later" (429, 503) is asked again when it says, all others wait meanwhile. What
 * is not a whole image of its kind and of the size asked for is not kept. An image that is there is not asked for again, so a call that was
 * stopped goes on; where each came from stands in `cutouts.jsonl`, beside the images.
 */
export async function fetchCutouts(
  sources: SourcePositions,
  options: FetchCutoutsOptions,
): Promise<FetchedCutouts> {
  const {
    service,
    folder,
    arcsec,
    pixels = 256,
    perSecond = 2,
    concurrency = 4,
    onProgress,
    signal,
  } = options;
  if (!(perSecond > 0)) throw new Error(`perSecond: ${perSecond} requests a second are none.`);
  const { ids, ra, dec } = sources;
  const names = ids.map((id) => `${plainName(id)}.${service.extension}`);
  const twice = firstTwice(names);
  if (twice) throw new Error(`Two sources would be the file ${twice}; give each an id of its own.`);
  const noted = await readNotes(folder, service, arcsec, pixels);
  const skipped: Skipped[] = [];
  const result: FetchedCutouts = { folder, fetched: 0, there: 0, skipped };
  const notes = join(folder, "cutouts.jsonl");
  const gate = new Gate(1000 / perSecond);
  let done = 0;
  await inParallel(
    ids.length,
    concurrency,
    async (i) => {
      const path = join(folder, names[i]);
      const width = typeof arcsec === "number" ? arcsec : arcsec[i];
      const url = service.url({ ra: ra[i], dec: dec[i] }, width, pixels);
      if (existsSync(path) && noted.get(names[i]) === url) result.there++;
      else {
        const got = await fetchOne(url, gate, options);
        if (typeof got === "string") skipped.push({ name: ids[i], reason: got });
        else {
          await atomicWrite(path, got);
          const note: Note = {
            id: ids[i],
            file: names[i],
            url,
            bytes: got.length,
            sha256: digest(got, 64),
            fetched: new Date().toISOString(),
          };
          await appendFile(notes, `${JSON.stringify(note)}\n`).catch((error) => {
            throw writeError(notes, error);
          });
          result.fetched++;
        }
      }
      onProgress?.({
        done: ++done,
        total: ids.length,
        note: skipped.length ? `${skipped.length} skipped` : undefined,
      });
    },
    signal,
  );
  skipped.sort((a, b) => (a.name < b.name ? -1 : 1));
  return result;
}

/** The addresses that images of the folder came from, by file; a folder of another service is refused. */
async function readNotes(
  folder: string,
  service: CutoutService,
  arcsec: FetchCutoutsOptions["arcsec"],
  pixels: number,
): Promise<Map<string, string>> {
  const about = join(folder, "provenance.json");
  const what = {
    source: service.source,
    pixels,
    arcsec: typeof arcsec === "number" ? arcsec : "one for each source",
  };
  const text = await readFile(about, "utf8").catch(() => null);
  if (text === null) await atomicWrite(about, `${JSON.stringify(what, null, 1)}\n`);
  else {
    const source = sourceIn(text);
    if (source !== what.source)
      throw new Error(`${folder} holds images of ${source}; fetch these into another folder.`);
  }
  const lines = (await readFile(join(folder, "cutouts.jsonl"), "utf8").catch(() => "")).split("\n");
  const notes = new Map<string, string>();
  for (const line of lines)
    try {
      const { file, url } = JSON.parse(line) as Note;
      notes.set(file, url);
    } catch {} // the last line of a process that was killed
  return notes;
}

/** The first of the names that an earlier one equals, where capitals do not tell names apart (Macs and Windows). */
function firstTwice(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name.toLowerCase()).size);
}

function sourceIn(provenance: string): string {
  try {
    return String((JSON.parse(provenance) as { source: unknown }).source);
  } catch {
    return "an unknown service (its provenance.json is damaged)";
  }
}

/** The bytes of a whole image, or the reason why there are none. */
async function fetchOne(
  url: string,
  gate: Gate,
  { service, pixels = 256, attempts = 4, stallMs = 60_000, signal }: FetchCutoutsOptions,
): Promise<Uint8Array | string> {
  let reason = "";
  for (let attempt = 0; attempt < attempts; attempt++) {
    await gate.pass(signal);
    const { controller, unlink } = linkedAbort(signal);
    let timer = setTimeout(() => controller.abort(), stallMs);
    try {
      const reply = await fetchFollowing(url, { signal: controller.signal });
      if (reply.status === 429 || reply.status >= 500) {
        await reply.body?.cancel();
        reason = `the server answers ${reply.status}`;
        gate.hold(Math.min(LONGEST_WAIT, retryAfter(reply.headers) ?? 500 * 2 ** attempt));
        continue;
      }
      if (!reply.ok || !reply.body) {
        const text = (await reply.text()).trim().split("\n")[0].slice(0, 100);
        return `the server answers ${reply.status}${text ? `: ${text}` : ""}`;
      }
      const parts: Uint8Array[] = [];
      let length = 0;
      for await (const part of reply.body as unknown as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        timer = setTimeout(() => controller.abort(), stallMs);
        parts.push(part);
        length += part.length;
        if (length > LARGEST) return `more than ${LARGEST >> 20} MB came, which no cutout has`;
      }
      const bytes = Buffer.concat(parts);
      const wrong = whyNoImage(bytes, service.extension);
      // One of another size is what the service makes of the request: it would come again.
      if (wrong === null)
        return (service.scales && (await wrongSize(bytes, service.extension, pixels))) || bytes;
      reason = wrong;
      gate.hold(250 * 2 ** attempt);
    } catch (error) {
      signal?.throwIfAborted();
      const { cause, message } = error as Error & { cause?: Error };
      reason = controller.signal.aborted
        ? `no byte came for ${stallMs / 1000} s`
        : (cause?.message ?? message);
      gate.hold(250 * 2 ** attempt);
    } finally {
      clearTimeout(timer);
      unlink();
    }
  }
  return `${reason}, ${attempts} times`;
}

/** Lets one request through every `interval` milliseconds, and none while the server wants to be left alone. */
class Gate {
  private next = 0;

  constructor(private readonly interval: number) {}

  async pass(signal?: AbortSignal): Promise<void> {
    for (;;) {
      const now = performance.now();
      if (now >= this.next) {
        this.next = now + this.interval;
        return;
      }
      // Whoever wakes first takes the turn; the others look again.
      await sleep(this.next - now, undefined, { signal }).catch((error) => {
        signal?.throwIfAborted();
        throw error;
      });
    }
  }

  hold(ms: number): void {
    this.next = Math.max(this.next, performance.now() + ms);
  }
}
