const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The name of an entry from its raw bytes: UTF-8 where they are valid UTF-8, else each byte read as Latin-1. That
 * is one-to-one, so a name in another encoding looks odd but stays unique and readable.
 */
export function decodeEntryName(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }
}

/** `name` with `./` and doubled slashes removed, or the reason why no entry may have it. */
export function safeEntryName(name: string): { name: string } | { refused: string } {
  if (name.includes("\0")) return { refused: "its name has a NUL byte" };
  if (name.startsWith("/") || /^[A-Za-z]:[\\/]/.test(name))
    return { refused: "its name is an absolute path" };
  const parts = name.split("/").filter((p) => p !== "" && p !== ".");
  if (parts.includes("..") || name.split("\\").includes(".."))
    return { refused: 'its name leaves the archive through ".."' };
  if (parts.length === 0) return { refused: "its name is empty" };
  return { name: parts.join("/") };
}

/** Files an operating system adds to every folder and archive; never data, so not even listed as skipped. */
export function isSystemFile(name: string): boolean {
  const parts = name.split("/");
  const last = parts[parts.length - 1];
  return parts.includes("__MACOSX") || last.startsWith("._") || last === ".DS_Store" || last === "Thumbs.db";
}

/** Why an entry of an archive is not used whose name comes again: what is unpacked last stays. */
export const replacedEntry = "a later entry of the same name replaces it";
