import type { Source } from "./source.js";

/** Where an object can be looked at elsewhere, by its position in degrees (J2000): links, nothing is fetched. */
export function skyLinks(ra: number, dec: number): HTMLAnchorElement[] {
  if (!(ra >= 0 && ra <= 360 && dec >= -90 && dec <= 90)) return [];
  const place = `${ra} ${dec}`;
  const links = [
    [
      "SIMBAD",
      `https://simbad.cds.unistra.fr/simbad/sim-coo?Coord=${encodeURIComponent(place)}` +
        "&CooFrame=ICRS&CooEpoch=2000&CooEqui=2000&Radius=10&Radius.unit=arcsec",
    ],
    ["Legacy Survey", `https://www.legacysurvey.org/viewer?ra=${ra}&dec=${dec}&layer=ls-dr10&zoom=15`],
    ["Aladin", `https://aladin.cds.unistra.fr/AladinLite/?target=${encodeURIComponent(place)}&fov=0.05`],
  ];
  return links.map(([name, href]) => {
    const link = document.createElement("a");
    Object.assign(link, { href, textContent: name, target: "_blank", rel: "noopener noreferrer" });
    return link;
  });
}

/** Links to the sky at a row's place; none where it has none. */
export async function linksOf(source: Source, row: number): Promise<HTMLAnchorElement[]> {
  const { place } = source.head;
  if (!place) return [];
  const [ra, dec] = await Promise.all(place.map((k) => source.column(k)));
  return skyLinks(ra.values[row], dec.values[row]);
}
