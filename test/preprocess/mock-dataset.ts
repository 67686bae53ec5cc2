import type { Dataset } from "../../lib/data/dataset.js";
import { drawGalaxy } from "../../lib/data/mock/galaxy-population.js";
import { renderGalaxy } from "../../lib/data/mock/render-galaxy.js";

/** A few small mock galaxies in memory: number 3 does not decode, number 5 is constant. */
export function mockDataset(length: number): Dataset {
  const ids = Array.from({ length }, (_, i) => `g${i}`);
  return {
    name: "a few",
    length,
    ids,
    labels: null,
    catalogue: null,
    sky: "optical",
    drawn: false,
    evaluation: { by: "votes" },
    provenance: { source: "test", path: "", fingerprint: "few" },
    async image(i) {
      if (i === 3) throw new Error("g3: it is broken on purpose");
      if (i === 5) return { data: new Uint8Array(64 * 64 * 3).fill(20), width: 64, height: 64, channels: 3 };
      return renderGalaxy({ ...drawGalaxy(1, i), artefact: null, imageSize: 64 });
    },
    close: async () => {},
  };
}
