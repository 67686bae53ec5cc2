/**
 * Pictures that lie beside a FITS file of their name (J1.jpg beside J1.fits), as archives of surveys hand them out: the
 * same object, in fewer values; and FITS files that lie there packed too. Each with the file it doubles.
 */
export function previews(names: readonly string[]): Map<string, string> {
  const stem = (name: string) => name.replace(/\.[^./]+(\.(gz|fz))?$/, "").normalize("NFC");
  const fits = new Map<string, string>();
  for (const name of names)
    if (/\.(fits?|fts)(\.(gz|fz))?$/i.test(name)) {
      const known = fits.get(stem(name));
      if (known === undefined || name.length < known.length) fits.set(stem(name), name);
    }
  const found = new Map<string, string>();
  for (const name of names) {
    const original = fits.get(stem(name));
    const doubles = /\.(jpe?g|png|gif|webp)$|\.(fits?|fts)(\.(gz|fz))?$/i.test(name);
    if (original !== undefined && original !== name && doubles) found.set(name, original);
  }
  return found;
}
