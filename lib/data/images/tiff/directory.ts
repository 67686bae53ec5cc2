/** The tags of one page of a TIFF that hold numbers: tag to values. */
export type TiffTags = ReadonlyMap<number, readonly number[]>;

export interface TiffDirectories {
  littleEndian: boolean;
  pages: TiffTags[];
}

/** Bytes of a value by TIFF type, for the types that hold whole numbers: BYTE, SHORT, LONG, IFD, LONG8, IFD8. */
const sizes: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };
const maxPages = 10_000;
const maxTags = 4096;

/**
 * The page directories of a TIFF or BigTIFF, in their order (TIFF 6.0, section 2). Nothing is trusted: directories
 * that come back to themselves, and values that lie outside the file, are refused in a clause about it.
 */
export function tiffDirectories(bytes: Uint8Array): TiffDirectories {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const within = (at: number, length: number) => {
    if (at < 0 || at + length > bytes.length)
      throw new Error("it is truncated: its directory lies beyond its end");
  };
  const number = (at: number, size: 1 | 2 | 4 | 8): number => {
    within(at, size);
    if (size === 1) return view.getUint8(at);
    if (size === 2) return view.getUint16(at, littleEndian);
    return size === 4 ? view.getUint32(at, littleEndian) : Number(view.getBigUint64(at, littleEndian));
  };
  const big = number(2, 2) === 43;
  // Sizes of a count of tags, of a tag, of a pointer and of a count of values.
  const [countSize, tagSize, pointer] = big ? ([8, 20, 8] as const) : ([2, 12, 4] as const);

  const values = (at: number): number[] | null => {
    const size = sizes[number(at + 2, 2)];
    if (!size) return null;
    const count = number(at + 4, pointer);
    const inline = count * size <= pointer;
    const from = inline ? at + 4 + pointer : number(at + 4 + pointer, pointer);
    within(from, count * size);
    return Array.from({ length: count }, (_, i) => number(from + i * size, size));
  };

  const pages: TiffTags[] = [];
  const seen = new Set<number>();
  for (let at = number(big ? 8 : 4, pointer); at !== 0; ) {
    if (seen.has(at) || pages.length === maxPages)
      throw new Error("its pages point back to each other: it is damaged");
    seen.add(at);
    const count = number(at, countSize);
    if (count > maxTags) throw new Error(`its directory lists ${count} tags: it is damaged`);
    const tags = new Map<number, readonly number[]>();
    for (let i = 0; i < count; i++) {
      const entry = at + countSize + i * tagSize;
      const found = values(entry);
      if (found?.length) tags.set(number(entry, 2), found);
    }
    pages.push(tags);
    at = number(at + countSize + count * tagSize, pointer);
  }
  if (pages.length === 0) throw new Error("it holds no page");
  return { littleEndian, pages };
}
