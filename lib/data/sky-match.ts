import { fingerprintOf } from "./archives/archive.js";
import type { Dataset } from "./dataset.js";
import { SkyIndex } from "./sky-index.js";
import type { SkyPosition } from "./sky-position.js";

/**
 * The sky position an id spells: decimal degrees, RA first ("143.442_10.152_...", MiraBest's
 * "100_123.251+043.797_..."), or sexagesimal hours and degrees ("J094537.5+112233.1"); null where it spells none.
 */
export function positionOfId(id: string): SkyPosition | null {
  const sexagesimal = /(\d{2})(\d{2})(\d{2}(?:\.\d+)?)([+-])(\d{2})(\d{2})(\d{2}(?:\.\d+)?)/.exec(id);
  if (sexagesimal) {
    const [h, m, s, d, dm, ds] = [1, 2, 3, 5, 6, 7].map((k) => Number(sexagesimal[k]));
    const dec = d + dm / 60 + ds / 3600;
    return { ra: 15 * (h + m / 60 + s / 3600), dec: sexagesimal[4] === "-" ? -dec : dec };
  }
  const decimal = /(\d{1,3}\.\d+)_?([+-]?\d{1,3}(?:\.\d+)?)/.exec(id);
  return decimal ? { ra: Number(decimal[1]), dec: Number(decimal[2]) } : null;
}

/**
 * `dataset` without the images that lie within `radius` arcseconds of an image of `studied`: what may be trained on
 * before `studied` is judged. Images whose id spells no position are left out too, since they might be the same.
 */
export function withoutPositions(
  dataset: Dataset,
  studied: Dataset,
  { radius, limit = Number.POSITIVE_INFINITY }: { radius: number; limit?: number },
): Dataset {
  const known = studied.ids.flatMap((id) => positionOfId(id) ?? []);
  if (known.length < studied.length)
    throw new Error(`${studied.length - known.length} ids of ${studied.name} spell no position to match by.`);
  const index = new SkyIndex(
    known.map((k) => k.ra),
    known.map((k) => k.dec),
    radius,
  );
  const kept = dataset.ids.flatMap((id, i) => {
    const p = positionOfId(id);
    return p && !index.nearest(p, radius) ? [i] : [];
  });
  const chosen = kept.slice(0, limit);
  return {
    ...dataset,
    length: chosen.length,
    ids: chosen.map((i) => dataset.ids[i]),
    labels: dataset.labels ? chosen.map((i) => dataset.labels![i]) : null,
    catalogue: dataset.catalogue?.select(chosen) ?? null,
    provenance: {
      ...dataset.provenance,
      fingerprint: fingerprintOf([
        dataset.provenance.fingerprint,
        "without",
        studied.provenance.fingerprint,
        `${radius} ${limit}`,
      ]),
    },
    image: (i) => dataset.image(chosen[i]),
  };
}
