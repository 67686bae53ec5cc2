import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ManifestFile } from "./manifest.js";

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
