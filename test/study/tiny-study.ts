import type { Dataset, Sky } from "../../lib/data/dataset.js";
import { Catalogue } from "../../lib/data/tables/catalogue.js";
import { volunteerColumns, voteColumns } from "../../lib/data/votes/decision-tree.js";
import { Random } from "../../lib/random.js";
import type { Profile } from "../../lib/study/settings.js";
import { Study } from "../../lib/study/study.js";
import { commonStarts, type WeightsStart } from "../../lib/study/weights-starts.js";

/** Sixty grey blobs of 32 pixels in memory, half of them voted round, half edge-on. */
export function tinyDataset(given: Partial<Dataset> = {}): Dataset {
  const length = 60;
  const votes = new Map(volunteerColumns().map((name) => [name, new Float64Array(length)]));
  for (let i = 0; i < length; i++)
    for (const [question, answer] of i % 2
      ? [["disk-edge-on", "yes"]]
      : [
          ["smooth-or-featured", "smooth"],
          ["how-rounded", "completely"],
        ]) {
      votes.get(voteColumns.total(question))![i] = 40;
      votes.get(voteColumns.fraction(question, answer))![i] = 0.95;
    }
  return {
    name: "tiny",
    length,
    ids: Array.from({ length }, (_, i) => `blob ${i}`),
    labels: null,
    catalogue: new Catalogue(length, votes),
    sky: "optical",
    drawn: false,
    evaluation: { by: "votes" },
    provenance: { source: "this test", path: "", fingerprint: "0123456789abcdef" },
    async image(i) {
      const random = new Random(i);
      const flat = i % 2 ? 9 : 1;
      const data = Uint8Array.from({ length: 32 * 32 }, (_, k) => {
        const [x, y] = [(k % 32) - 16, Math.floor(k / 32) - 16];
        return 200 * Math.exp(-(x * x + flat * y * y) / 30) + 20 * random.uniform();
      });
      return { data, width: 32, height: 32, channels: 1 };
    },
    close: async () => {},
    ...given,
  };
}

/** A study of `dataset`; call `scratch` first: it writes into the cache. */
export function tinyStudy(
  given: { dataset?: Dataset; profile?: Profile; sky?: Sky; seed?: number; weights?: string } = {},
): Study {
  const { sky = "optical", dataset = tinyDataset({ sky }), profile = "quick", seed = 1, weights } = given;
  const other: WeightsStart[] = weights
    ? [{ name: "other", note: weights, available: true, weights: async () => weights }]
    : [];
  return new Study({ profile, dataset: "tiny", seed }, dataset, async () => [...commonStarts(), ...other]);
}
