import { createHash } from "node:crypto";

/**
 * The first `digits` hexadecimal digits of the SHA-256 of a text, of bytes, or of several parts one after the other:
 * what names a cache entry (sixteen are enough to never meet twice) or proves that content is unchanged (all 64).
 */
export function digest(content: Digestible | Iterable<Digestible>, digits = 16): string {
  const hash = createHash("sha256");
  const parts = typeof content === "string" || ArrayBuffer.isView(content) ? [content] : content;
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, digits);
}

type Digestible = string | NodeJS.ArrayBufferView;
