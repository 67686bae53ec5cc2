/** What decoding needs to know beforehand, in the words of sharp's metadata. */
export interface JpegHeader {
  width: number;
  height: number;
  space: "b-w" | "srgb";
  depth: "uchar";
  /** Whether an APP2 segment stands before the frame: where colour profiles are kept. */
  profile: boolean;
}

/**
 * The frame header of a JPEG file (ITU T.81, B.2.2): its markers are walked up to the first start of frame. Asking
 * sharp for it costs a tenth of decoding a survey's cutout. Null for what is not a grey or a three-channel JPEG of 8 bits, and
 * for anything out of order: those are left to sharp.
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | null {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
  const u16 = (at: number) => (bytes[at] << 8) | bytes[at + 1];
  let profile = false;
  for (let at = 2; at + 10 <= bytes.length; at += 2 + u16(at + 2)) {
    // A marker may be preceded by any number of fill bytes.
    while (bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    // Outside the scan every segment has a length; the scan, and markers without one, come after the frame header.
    if (bytes[at] !== 0xff || at + 10 > bytes.length || u16(at + 2) < 2) return null;
    if (marker === 0xda || marker === 0xd9 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8))
      return null;
    profile ||= marker === 0xe2;
    // C4, C8 and CC are tables and an extension among the frame headers C0 to CF.
    if (marker < 0xc0 || marker > 0xcf || marker === 0xc4 || marker === 0xc8 || marker === 0xcc) continue;
    const [precision, height, width, components] = [bytes[at + 4], u16(at + 5), u16(at + 7), bytes[at + 9]];
    // A height of 0 is told only after the scan.
    if (precision !== 8 || width === 0 || height === 0 || (components !== 1 && components !== 3)) return null;
    return { width, height, space: components === 1 ? "b-w" : "srgb", depth: "uchar", profile };
  }
  return null;
}
