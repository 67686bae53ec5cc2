import { buildAddon } from "./build-addon.mjs";

/** The native addons by their folder, each with what the project goes on with where it does not build. */
const addons = {
  "lib/engine/onednn": "a slower engine is used",
  "lib/engine/cuda": "an NVIDIA GPU is not used",
  "lib/engine/numeric": "the models run in plain TypeScript, several times slower",
  "lib/data/turbo-jpeg": "JPEGs are read at half the speed",
  "node_modules/hnswlib-node": "neighbours are searched exactly, which takes long beyond 300 000 rows",
};

/** Builds what is missing or was built from other sources; a second call takes a few milliseconds. */
export function buildAddons(root, say) {
  for (const [folder, without] of Object.entries(addons)) buildAddon(root, folder, without, say);
}
