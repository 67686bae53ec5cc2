import type { Sky } from "../dataset.js";

/** How many sources are drawn: a run's profile decides; a set opened by its bare name is the quick one. */
export const mockSizes: Readonly<Record<Sky, Readonly<Record<"quick" | "standard" | "paper", number>>>> = {
  optical: { quick: 480, standard: 2000, paper: 20_000 },
  // MiraBest has 1256.
  radio: { quick: 240, standard: 480, paper: 1256 },
};
