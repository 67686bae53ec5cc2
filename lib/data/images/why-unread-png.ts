import { crc32 } from "node:zlib";

/**
 * Why a PNG is not read, or null. Each of its chunks ends in the CRC-32 of its name and data (ISO/IEC 15948, 5.3), and
 * the last one is IEND: libvips reads past a wrong sum and shows whatever pixels come out. Of an animation (acTL, which
 * counts the frames) it shows the first frame and says nothing of the others.
 */
export function whyUnreadPng(bytes: Uint8Array): string | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; ; ) {
    const end = at + 12 <= file.length ? at + 8 + file.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (end + 4 > file.length) return "it is truncated: it ends within a chunk";
    const name = file.toString("latin1", at + 4, at + 8);
    if (crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end))
      return `it is damaged: the checksum of its chunk ${JSON.stringify(name)} at byte ${at} is wrong`;
    const frames = name === "acTL" && end - at >= 12 ? file.readUInt32BE(at + 8) : 1;
    if (frames > 1) return `it is an animation of ${frames} frames; one image is read`;
    if (name === "IEND") return null;
    at = end + 4;
  }
}
