import type { TiffTags } from "./directory.js";

/** One page of a TIFF: how its pixels are stored, and where. */
export interface TiffPage {
  width: number;
  height: number;
  /** Bits a sample, the same for all. */
  bits: number;
  /** What a sample is. */
  format: "unsigned" | "signed" | "float";
  samples: number;
  /** How many of the last samples are transparency. */
  alpha: number;
  /** Planes one after another, not samples side by side. */
  planar: boolean;
  /** Its header says so, be it of one plane: libvips does not read tiles of such a page. */
  separate: boolean;
  /** PhotometricInterpretation: 0 white is zero, 1 black is zero, 2 RGB, 3 palette, ... */
  photometric: number;
  compression: number;
  predictor: number;
  /** Samples lie in bytes from the highest bit. */
  highBitFirst: boolean;
  /** Size of a strip or a tile; tiles are whole at the edges, strips are cut. */
  block: { width: number; height: number; tiled: boolean };
  offsets: readonly number[];
  counts: readonly number[];
}

const formats = ["unsigned", "signed", "float", "unsigned"] as const;

/** What the tags of a page say (TIFF 6.0); errors are a clause about the file. */
export function tiffPage(tags: TiffTags): TiffPage {
  const one = (tag: number, otherwise: number) => tags.get(tag)?.[0] ?? otherwise;
  const [width, height] = [one(256, 0), one(257, 0)];
  if (width < 1 || height < 1) throw new Error(`its page is ${width} x ${height} pixels`);
  const depth = one(32997, 1);
  if (depth > 1) throw new Error(`its page is ${depth} slices deep; one plane, or three, are read here`);
  const samples = one(277, 1);
  const bits = alike(tags.get(258) ?? [1], "bits a sample");
  const format = alike(tags.get(339) ?? [1], "sample formats");
  if (format === 5 || format === 6)
    throw new Error("its pixels are complex numbers, which are not read here");
  if (samples < 1 || format < 1 || format > 4)
    throw new Error(`it has ${samples} samples of format ${format}, which is impossible`);
  const tiled = tags.has(322);
  const block = tiled
    ? { width: one(322, 0), height: one(323, 0), tiled }
    : { width, height: Math.min(one(278, height), height), tiled };
  if (block.width < 1 || block.height < 1) throw new Error("its strips or tiles have no size");
  const offsets = tags.get(tiled ? 324 : 273) ?? [];
  const page: TiffPage = {
    width,
    height,
    bits,
    format: formats[format - 1],
    samples,
    // 1 and 2 are kinds of transparency, 0 is whatever the writer meant.
    alpha: (tags.get(338) ?? []).filter((kind) => kind === 1 || kind === 2).length,
    planar: one(284, 1) === 2 && samples > 1,
    separate: one(284, 1) === 2,
    photometric: one(262, 1),
    compression: one(259, 1),
    predictor: one(317, 1),
    highBitFirst: one(266, 1) !== 2,
    block,
    offsets,
    counts: tags.get(tiled ? 325 : 279) ?? [],
  };
  // Old uncompressed files leave the sizes out where there is one strip.
  if (page.counts.length === 0 && page.compression === 1 && offsets.length === 1)
    page.counts = [blockBytes(page, height)];
  return page;
}

/** Strips or tiles across and down one plane. */
export function blockGrid({ width, height, block }: TiffPage): { across: number; down: number } {
  return { across: Math.ceil(width / block.width), down: Math.ceil(height / block.height) };
}

/** Bytes of `rows` rows of a block of one plane, before compression; rows start at whole bytes. */
export function blockBytes({ block, planar, samples, bits }: TiffPage, rows: number): number {
  return rows * Math.ceil((block.width * (planar ? 1 : samples) * bits) / 8);
}

/** Refuses a page whose pixels do not all lie in the file: what is missing would come out black. */
export function checkWhole(page: TiffPage, fileSize: number): void {
  const { across, down } = blockGrid(page);
  const blocks = across * down * (page.planar ? page.samples : 1);
  const { offsets, counts } = page;
  if (offsets.length < blocks || counts.length < blocks)
    throw new Error(`it lists ${Math.min(offsets.length, counts.length)} of its ${blocks} strips or tiles`);
  for (let i = 0; i < blocks; i++) {
    if (counts[i] === 0) throw new Error(`its strip or tile ${i + 1} of ${blocks} is empty`);
    if (offsets[i] + counts[i] > fileSize)
      throw new Error(
        `it is truncated: its strip or tile ${i + 1} of ${blocks} ends at byte ${offsets[i] + counts[i]} of ${fileSize}`,
      );
  }
}

function alike(values: readonly number[], what: string): number {
  const first = values[0];
  if (values.some((v) => v !== first))
    throw new Error(`its samples differ in ${what} (${values.join(", ")})`);
  return first;
}
