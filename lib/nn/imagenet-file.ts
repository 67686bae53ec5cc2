import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { digest } from "../digest.js";

/** Files that are known by their content: SHA-256, and what is in them. */
const known: Readonly<Record<string, string>> = {
  d45d735df9e30d01321b139ec9bf7d36ed0580785b267fcf024f83da0bd70b36:
    "a reconstruction of IMAGENET1K_V1: stem, layers 1 to 3 and classifier exact, layer4's convolutions from published " +
    "quantised networks",
};

const seen = new Map<string, string>();

/**
 * What a file of ImageNet weights is, for the reader of a number that came from it. torchvision's own files carry the
 * first digits of their SHA-256 in their names (`resnet18-f37072fd.pth`) and are believed only where these fit. Any
 * other file is told by its checksum where that is known, else by what its safetensors header says of its source, with
 * the checksum beside it, since a header is only somebody's word.
 */
export function imagenetFile(path: string): string {
  const { size, mtimeMs } = statSync(path);
  const key = [path, size, mtimeMs].join();
  const before = seen.get(key);
  if (before) return before;
  const bytes = readFileSync(path);
  const sha256 = digest(bytes, 64);
  const name = basename(path);
  const own = /^resnet18-([0-9a-f]{8})\.pth$/.exec(name)?.[1];
  const told = () => {
    const source = path.endsWith(".safetensors") ? sourceOf(bytes) : "";
    return `${source ? `its header says "${source}"` : "of unknown origin"}; SHA-256 ${sha256.slice(0, 8)}...`;
  };
  const text =
    own && sha256.startsWith(own)
      ? `${name}, torchvision's own`
      : `${name}, not torchvision's file: ${known[sha256] ?? told()}`;
  seen.set(key, text);
  return text;
}

/** The `source` of a safetensors' metadata; empty where it has none, or no header that can be read. */
function sourceOf(bytes: Buffer): string {
  try {
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as {
      __metadata__?: { source?: unknown };
    };
    const source = header.__metadata__?.source;
    return typeof source === "string" ? source.slice(0, 200) : "";
  } catch {
    return "";
  }
}
