const clear = 256;
const end = 257;

/**
 * LZW as TIFF has it (TIFF 6.0, section 13): codes of 9 to 12 bits from the highest bit on, one bit wider a code
 * early. At most `length` bytes come out, however the codes run.
 */
export function lzwDecode(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  /** A string is that of its prefix and one more byte. */
  const prefix = new Uint16Array(4096);
  const suffix = new Uint8Array(4096);
  const lengths = new Uint16Array(4096).fill(1, 0, 256);
  for (let i = 0; i < 256; i++) suffix[i] = i;
  let filled = 0;
  let next = 258;
  let width = 9;
  let previous = -1;
  let buffer = 0;
  let held = 0;
  let at = 0;
  while (filled < length) {
    while (held < width) {
      if (at === bytes.length) return out.subarray(0, filled);
      buffer = ((buffer << 8) | bytes[at++]) & 0xffffff;
      held += 8;
    }
    held -= width;
    const code = (buffer >>> held) & ((1 << width) - 1);
    if (code === end) break;
    if (code === clear) {
      next = 258;
      width = 9;
      previous = -1;
      continue;
    }
    if (code > next || (previous < 0 && code > 255))
      throw new Error("an LZW code comes before what it stands for");
    // The one code that may be used while it is made: the last string and its own first byte.
    const known = code < next;
    let from = known ? code : previous;
    const size = lengths[from];
    for (let i = filled + size - 1; i >= filled; i--) {
      out[i] = suffix[from];
      from = prefix[from];
    }
    const first = out[filled];
    if (!known) out[filled + size] = first;
    filled = Math.min(length, filled + size + (known ? 0 : 1));
    if (previous >= 0 && next < 4096) {
      prefix[next] = previous;
      suffix[next] = first;
      lengths[next] = lengths[previous] + 1;
      next++;
      if (next >= (1 << width) - 1 && width < 12) width++;
    }
    previous = code;
  }
  return out.subarray(0, filled);
}
