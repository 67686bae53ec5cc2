import { stat } from "node:fs/promises";
import { fileDigest } from "../../files/file-digest.js";
import type { ManifestFile } from "./manifest.js";

/** What tells a complete file from the one that the manifest describes, as "it is empty"; null where nothing does. */
export async function fileMismatch(
  file: ManifestFile,
  path: string,
  hashUpTo = Number.POSITIVE_INFINITY,
): Promise<string | null> {
  const { size } = await stat(path);
  if (file.bytes !== undefined && size !== file.bytes)
    return `it has ${size} bytes where ${file.bytes} are expected`;
  if (size === 0) return "it is empty";
  const wanted = (["md5", "sha256"] as const).filter((kind) => file[kind]);
  if (size > hashUpTo) return null;
  for (const kind of wanted) {
    const digest = await fileDigest(path, kind);
    if (!digest.startsWith(file[kind]!)) return `its ${kind} is ${digest} where ${file[kind]} is expected`;
  }
  return null;
}
