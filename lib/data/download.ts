import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import {
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  symlink,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { OnProgress } from "../progress-event.js";
import { atomicWrite, makeFolder } from "./atomic-write.js";
import { linkedAbort } from "./linked-abort.js";
import { completeFromRecord, type Manifest, type ManifestFile } from "./manifest.js";
import { paths } from "./paths.js";
import { TransferRate } from "./transfer-rate.js";
import { WriteError, writeError } from "./write-error.js";
import { writeFully } from "./write-fully.js";

export interface DownloadOptions {
  /** Where files go; default the downloads of the cache. */
  folder?: string;
  /** Called with bytes done and total, and a note "NAME: 12 MB/s, 3 min left". */
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Tries without progress at one address before the next mirror is used; default 3. */
  attempts?: number;
  /** Milliseconds without a byte after which a connection is given up; default 60 000. */
  stallMs?: number;
}

/** Where a file ended up and whether it was there before. */
export interface Fetched {
  name: string;
  path: string;
  how: "found" | "downloaded";
}

/**
 * Makes every file of a manifest available. A file is looked for in LATENT_SKY_DATA, then among the downloads; what is
 * missing is downloaded, resuming where an earlier try stopped, checked (size, MD5, SHA-256) and only then given its name.
 */
export async function downloadDataset(manifest: Manifest, options: DownloadOptions = {}): Promise<Fetched[]> {
  const folder = options.folder ?? paths.cache("downloads", manifest.folder ?? "");
  const places = paths.archives().flatMap((p) => [p, ...(manifest.folder ? [join(p, manifest.folder)] : [])]);
  const found = new Map<string, string>();
  for (const file of manifest.files) {
    for (const path of new Set([folder, ...places].map((p) => join(p, file.name))))
      if (existsSync(path) && !(await whyWrong(file, path, quickBytes))) {
        found.set(file.name, path);
        break;
      }
  }
  const missing = found.size < manifest.files.length;
  const files = missing ? await completeFromRecord(manifest, options.signal) : manifest.files;
  const fetched: Fetched[] = [];
  for (const file of files) {
    const there = found.get(file.name);
    const path = join(folder, file.name);
    if (there) {
      // A release of several files is opened as one folder: what lies elsewhere is linked in.
      if (missing && there !== path) await linkInto(there, path);
      fetched.push({ name: file.name, path: missing ? path : there, how: "found" });
    } else {
      await downloadFile(file, path, options);
      fetched.push({ name: file.name, path, how: "downloaded" });
    }
  }
  return fetched;
}

/** A file that is already there is hashed again only up to this size: a survey's archives would take minutes. */
const quickBytes = 256 * 1024 ** 2;

/** Downloads one file to `path`, from the first of its addresses that delivers it whole. */
export async function downloadFile(
  file: ManifestFile,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  await makeFolder(dirname(path)).catch((error) => {
    throw writeError(path, error);
  });
  await requireSpace(file, path);
  const part = `${path}.part`;
  const failures: string[] = [];
  for (const url of file.urls) {
    // A try that brought the file further does not count: a long download may break many times.
    for (let attempt = 0; attempt < (options.attempts ?? 3); attempt++) {
      options.signal?.throwIfAborted();
      if (attempt > 0)
        await sleep(Math.min(500 * 2 ** attempt, 10_000), undefined, { signal: options.signal });
      const before = await sizeOf(part);
      try {
        await transfer(url, file, part, options);
        const wrong = await whyWrong(file, part);
        if (!wrong) {
          await rename(part, path);
          await rm(`${part}.json`, { force: true });
          return;
        }
        // A part that is complete but wrong cannot be mended by resuming.
        await rm(part, { force: true });
        failures.push(`${url}: ${wrong}`);
      } catch (error) {
        if (options.signal?.aborted) throw options.signal.reason;
        const { final, reason } = explain(error);
        failures.push(`${url}: ${reason}`);
        if ((await sizeOf(part)) > before) attempt = -1;
        const refused = writeError(part, error);
        if (refused instanceof WriteError) throw refused;
        if (final) break;
      }
    }
  }
  const reasons = [...new Set(failures)].join("; ");
  throw new Error(
    `${file.name} could not be downloaded (${reasons}). What has arrived is kept: run the same command again to go on, ` +
      `or get the file by other means and put it into ${dirname(path)} or into the folder LATENT_SKY_DATA names.`,
  );
}

/** Brings `part` to the end of the file at `url`, continuing from its present length when the server allows it. */
async function transfer(
  url: string,
  file: ManifestFile,
  part: string,
  options: DownloadOptions,
): Promise<void> {
  const have = await sizeOf(part);
  const tag = await readTag(part);
  // Without a checksum the part may only be continued if the server says it is still the same file.
  const mayResume = have > 0 && (file.md5 || file.sha256 || (tag?.url === url && tag.validator !== null));
  if (have > 0 && have === file.bytes && mayResume) return;
  const { controller: stall, unlink } = linkedAbort(options.signal);
  let timer = setTimeout(() => stall.abort(), options.stallMs ?? 60_000);
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (mayResume) {
    headers.range = `bytes=${have}-`;
    if (tag?.url === url && tag.validator) headers["if-range"] = tag.validator;
  }
  let output: FileHandle | null = null;
  try {
    const reply = await fetch(url, { headers, signal: stall.signal, redirect: "follow" });
    if (reply.status === 416) {
      await reply.body?.cancel();
      const total = Number(/\/(\d+)$/.exec(reply.headers.get("content-range") ?? "")?.[1]);
      if (total === have) return; // all of it had arrived
      await rm(part, { force: true });
      throw new Error("the server has a different file now; starting over");
    }
    if (!reply.ok || !reply.body) throw new HttpError(reply.status);
    const resumed = reply.status === 206 && rangeStart(reply) === have;
    if (reply.status === 206 && !resumed) throw new Error("the server sent a part that was not asked for");
    const start = resumed ? have : 0;
    const length = Number(reply.headers.get("content-length") ?? Number.NaN);
    const total = Number.isFinite(length) ? start + length : file.bytes;
    if (file.bytes !== undefined && total !== undefined && total !== file.bytes)
      throw new HttpError(reply.status, `it offers ${total} bytes where ${file.bytes} are expected`);
    const validator = strongValidator(reply);
    await atomicWrite(`${part}.json`, JSON.stringify({ url, validator }));
    output = await open(part, resumed ? "r+" : "w");
    const rate = new TransferRate(start, total);
    let at = start;
    for await (const chunk of reply.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = setTimeout(() => stall.abort(), options.stallMs ?? 60_000);
      if (file.bytes !== undefined && at + chunk.length > file.bytes)
        throw new HttpError(reply.status, `it sends more than the ${file.bytes} bytes expected`);
      await writeFully(output, chunk, at);
      at += chunk.length;
      options.onProgress?.({ done: at, total: total ?? 0, note: `${file.name}: ${rate.note(at)}` });
    }
    if (total !== undefined && at < total)
      throw new Error(`the connection ended after ${at} of ${total} bytes`);
    await output.sync();
  } catch (error) {
    if (stall.signal.aborted && !options.signal?.aborted) throw new Error("no data came for a minute");
    throw error;
  } finally {
    clearTimeout(timer);
    unlink();
    await output?.close();
  }
}

/** Why a complete file is not the right one, or null. */
export async function whyWrong(
  file: ManifestFile,
  path: string,
  hashUpTo = Number.POSITIVE_INFINITY,
): Promise<string | null> {
  const { size } = await stat(path);
  if (file.bytes !== undefined && size !== file.bytes)
    return `it has ${size} bytes where ${file.bytes} are expected`;
  if (size === 0) return "it is empty";
  const sums = { md5: createHash("md5"), sha256: createHash("sha256") };
  const wanted = (["md5", "sha256"] as const).filter((kind) => file[kind]);
  if (size > hashUpTo) return null;
  if (wanted.length)
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
      for (const kind of wanted) sums[kind].update(chunk);
  for (const kind of wanted) {
    const digest = sums[kind].digest("hex");
    if (!digest.startsWith(file[kind]!)) return `its ${kind} is ${digest} where ${file[kind]} is expected`;
  }
  return null;
}

class HttpError extends Error {
  constructor(
    readonly status: number,
    message = `the server answers ${status}`,
  ) {
    super(message);
  }
}

/** The reason in words, and whether trying this address again is useless. */
function explain(error: unknown): { final: boolean; reason: string } {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  const code = cause?.code;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ENETUNREACH")
    return { final: true, reason: "the server cannot be found; this machine seems to be offline" };
  if (code === "ECONNREFUSED") return { final: true, reason: "the server refuses connections" };
  const status = error instanceof HttpError ? error.status : 0;
  const mayPass = status >= 500 || status === 408 || status === 429;
  return { final: error instanceof HttpError && !mayPass, reason: cause?.message ?? message };
}

const rangeStart = (reply: Response) =>
  Number(/^bytes (\d+)-/.exec(reply.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);

/** Only a strong ETag may guard a resumed range (RFC 9110, 13.1.5). */
function strongValidator(reply: Response): string | null {
  const etag = reply.headers.get("etag");
  return etag && !etag.startsWith("W/") ? etag : null;
}

async function readTag(part: string): Promise<{ url: string; validator: string | null } | null> {
  try {
    return JSON.parse(await readFile(`${part}.json`, "utf8"));
  } catch {
    return null;
  }
}

async function requireSpace(file: ManifestFile, path: string): Promise<void> {
  if (file.bytes === undefined) return;
  const disk = await statfs(dirname(path));
  const have = await sizeOf(`${path}.part`);
  const free = disk.bavail * disk.bsize;
  if (file.bytes - have > free)
    throw new Error(
      `${file.name} needs ${Math.ceil((file.bytes - have) / 1e6)} MB and ${dirname(path)} has ${Math.floor(free / 1e6)} MB free; free some space or set LATENT_SKY_CACHE to another disk.`,
    );
}

const sizeOf = (path: string) =>
  stat(path).then(
    (s) => s.size,
    () => 0,
  );

async function linkInto(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await symlink(from, to).catch(() => copyFile(from, to));
}
