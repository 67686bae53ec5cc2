import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** The digest of a file's content, all its hexadecimal digits; the file is streamed. */
export async function fileDigest(path: string, algorithm: "sha256" | "md5" = "sha256"): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}
