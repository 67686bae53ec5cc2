/**
 * An id as the name of a file. Ids come from archives and catalogues: nothing in them may lead out of the folder, hide
 * the file, or be too long for it. Two ids may become one name.
 */
export function plainName(id: string): string {
  const name = id
    .normalize("NFC")
    .replace(/[^\p{L}\p{M}\p{N}_.+-]/gu, "_")
    .replace(/^\.+/, "_");
  // 255 bytes is what file systems take, of which a letter takes up to four.
  return name.length > 60 && Buffer.byteLength(name) > 200 ? Array.from(name).slice(0, 48).join("") : name;
}
