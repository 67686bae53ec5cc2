import type { SourceBoxOptions } from "./central-source-box.js";

/** Of fewer images no habit can be read. */
const few = 10;
/** So large a share that keeps its frame is no property of the galaxies. */
const most = 0.9;

/**
 * What to say where nearly all images were kept whole, with the likely cause; null where the cut did its work. A crop
 * that does nothing is no error, and everything behind it works: it would only be seen in the results.
 */
export function wholeFrameWarning(
  wholeFrame: readonly { reason: string }[],
  total: number,
  { missing }: Pick<Required<SourceBoxOptions>, "missing">,
): string | null {
  if (total < few || wholeFrame.length < most * total) return null;
  const empty = wholeFrame.filter((f) => f.reason === "nothing is above the threshold").length;
  const causes =
    missing === "zero"
      ? 'NaN counts as 0 here, which on a sky level is far from the sky: take missing: "ignored"'
      : 2 * empty > wholeFrame.length
        ? "nothing stands out of the background: is this a weight map or a mask (see fitsUnit of openDataset), or are the images cut out already?"
        : "something stands out, but not at the centre: are the sources centred, and is this the unit of the FITS files that was meant (fitsUnit)?";
  return `The cut found no source in ${wholeFrame.length} of ${total} images, which keep their whole frame. Likely cause: ${causes}`;
}
