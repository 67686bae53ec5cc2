import { type FileHandle, open, readFile, rm, stat } from "node:fs/promises";
import { atomicWrite } from "../../files/atomic-write.js";
import { linkedAbort } from "../../files/linked-abort.js";
import { writeFully } from "../../files/write-fully.js";
import type { OnProgress } from "../../progress-event.js";
import { fetchFollowing } from "./fetch-following.js";
import type { ManifestFile } from "./manifest.js";
import { TransferRate } from "./transfer-rate.js";

export interface TransferOptions {
  /** Called with bytes done and total, and a note "NAME: 12 MB/s, 3 min left". */
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Milliseconds without a byte after which a connection is given up; default 60 000. */
  stallMs?: number;
}

/** Brings `part` to the end of the file at `url`, continuing from its present length when the server allows it. */
export async function transfer(
  url: string,
  file: ManifestFile,
  part: string,
  options: TransferOptions,
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
    const reply = await fetchFollowing(url, { headers, signal: stall.signal });
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
    const validator = strongValidator(reply);
    // A part belongs to the file only under the validator that was sent (RFC 9110, 15.3.7.3): no other, and not none.
    if (resumed && headers["if-range"] !== undefined && validator !== headers["if-range"]) {
      await reply.body.cancel();
      await rm(part, { force: true });
      throw new Error("the server has a different file now; starting over");
    }
    const start = resumed ? have : 0;
    const length = Number(reply.headers.get("content-length") ?? Number.NaN);
    const total = Number.isFinite(length) ? start + length : file.bytes;
    if (file.bytes !== undefined && total !== undefined && total !== file.bytes)
      throw new HttpError(reply.status, `it offers ${total} bytes where ${file.bytes} are expected`);
    // What is there is emptied before the new tag stands beside it: a crash between the two may lose bytes, never mix.
    output = await open(part, resumed ? "r+" : "w");
    if (!resumed) await output.sync();
    await atomicWrite(`${part}.json`, JSON.stringify({ url, validator }));
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

/** The server answered, and not with the file. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message = `the server answers ${status}`,
  ) {
    super(message);
  }
}

const rangeStart = (reply: Response) =>
  Number(/^bytes (\d+)-/.exec(reply.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);

/** Only a strong ETag may guard a resumed range (RFC 9110, 13.1.5). */
function strongValidator(reply: Response): string | null {
  const etag = reply.headers.get("etag");
  return etag && !etag.startsWith("W/") ? etag : null;
}

/** What stands beside a part; what says no validator, damaged or another version's, says that there is none. */
async function readTag(part: string): Promise<{ url: unknown; validator: string | null } | null> {
  try {
    const { url, validator } = JSON.parse(await readFile(`${part}.json`, "utf8"));
    return { url, validator: typeof validator === "string" ? validator : null };
  } catch {
    return null;
  }
}

/** Bytes of the file at `path`; 0 where there is none. */
export const sizeOf = (path: string) =>
  stat(path).then(
    (s) => s.size,
    () => 0,
  );
