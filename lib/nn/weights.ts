import { shortList } from "../short-list.js";
import type { TensorMap } from "./host-tensor.js";
import { constant } from "./initialise.js";
import type { ResNet18 } from "./resnet18.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";
import { readTorchFile } from "./torch-file.js";
import { findWeightNames } from "./weight-names.js";
import { type WeightStart, weightsFile } from "./weights-file.js";
import { whyUnfit } from "./why-unfit.js";

/** What became of each tensor. */
export interface WeightReport {
  /** "random", or the file that was read. */
  source: string;
  /** What stood before the network's own names in the file, such as "online_encoder.net.". */
  prefix: string;
  loaded: string[];
  /** Tensors of the network that the file lacks: those of `identityBlocks`. */
  missing: string[];
  /** Tensors of the file that the network has no place for, such as a classifier's. */
  unexpected: string[];
  /** Blocks that the file lacks altogether: they start as the identity, so that what is behind them still fits. */
  identityBlocks: string[];
  /** What a safetensors file says of itself: on what its network was trained, how, by what, when; empty without. */
  card: Readonly<Record<string, string>>;
}

/**
 * Gives `net` the weights of `start` and says what was loaded, what was missing and what was left over.
 * Fails where the file fits nothing or a shape differs; the network is then unchanged.
 */
export async function loadWeights(net: ResNet18, start: WeightStart): Promise<WeightReport> {
  if (start === "random")
    return {
      source: "random",
      prefix: "",
      loaded: [],
      missing: [],
      unexpected: [],
      identityBlocks: [],
      card: {},
    };
  const path = weightsFile(start);
  if (!path.endsWith(".safetensors")) return assignWeights(net, await readTorchFile(path), path);
  const { tensors, metadata } = await readSafetensors(path);
  const words = Object.entries(metadata).filter(
    ([key, value]) => key !== "format" && typeof value === "string",
  );
  return { ...assignWeights(net, tensors, path), card: Object.fromEntries(words) };
}

/**
 * Writes every tensor of the network to a safetensors file under torchvision's names: `loadWeights` reads it back, and
 * the `card` with it, which says what the network was trained on.
 */
export async function saveWeights(
  net: ResNet18,
  path: string,
  card: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeSafetensors(path, await net.parameters.export(), { format: "pt", ...card });
}

/** Loads `tensors` under whatever names they carry (`findWeightNames`). */
export function assignWeights(net: ResNet18, tensors: TensorMap, source: string): WeightReport {
  const wanted = net.parameters.names();
  const found = findWeightNames(tensors, wanted);
  const { prefix, inFile } = found;
  const why = whyUnfit(tensors, found, wanted, (name) => net.parameters.shape(name));
  if (why) throw new Error(`${source}${why}.`);
  const present = [...inFile.keys()];
  const taken = new Set(inFile.values());
  const identityBlocks = net
    .blockNames()
    .filter((block) => !present.some((name) => name.startsWith(`${block}.`)));
  const missing = wanted.filter((name) => !inFile.has(name));
  // Random numbers among trained ones would spoil every feature, and nothing would look wrong.
  const amid = missing.filter((name) => !identityBlocks.some((block) => name.startsWith(`${block}.`)));
  if (amid.length)
    throw new Error(
      `${source} lacks ${shortList(amid, 3)} of a ResNet-18, or has them under names that are not known here: rename them as torchvision does.`,
    );
  net.parameters.assign(new Map([...inFile].map(([name, saved]) => [name, tensors.get(saved)!])));
  for (const block of identityBlocks) {
    // With a scale of zero the residual branch adds nothing, and what reaches the block passes through.
    const scale = `${block}.bn2.weight`;
    net.parameters.assign(new Map([[scale, constant(net.parameters.shape(scale)[0], 0)]]));
  }
  return {
    source,
    prefix,
    loaded: present,
    missing,
    unexpected: [...tensors.keys()].filter((name) => !taken.has(name)),
    identityBlocks,
    card: {},
  };
}
