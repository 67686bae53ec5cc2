import type { TensorMap } from "./host-tensor.js";
import { follower, sequentialNames } from "./sequential-names.js";

/** Where a file has the tensors of a network. */
export interface WeightNames {
  /** What stands before the network's own names, or before the numbers of an nn.Sequential. */
  prefix: string;
  /** Name in the network to name in the file. */
  inFile: Map<string, string>;
}

/** What FSDP, activation checkpointing and torch.compile put between the names of modules. */
const wrappers = /(^|\.)(_fsdp_wrapped_module|_checkpoint_wrapped_module|_orig_mod)(?=\.)/g;

/**
 * The tensors of `wanted` in a file: under a prefix, or as the numbered children of an nn.Sequential. Names of modules
 * that wrap others are passed over.
 */
export function findWeightNames(saved: TensorMap, wanted: readonly string[]): WeightNames {
  const unwrapped = new Map(
    [...saved.keys()].map((name) => [name.replace(wrappers, "").replace(/^\./, ""), name]),
  );
  const tensors: TensorMap = new Map([...unwrapped].map(([name, inFile]) => [name, saved.get(inFile)!]));
  const { prefix, inFile } = findNames(tensors, wanted);
  return { prefix, inFile: new Map([...inFile].map(([name, found]) => [name, unwrapped.get(found)!])) };
}

function findNames(tensors: TensorMap, wanted: readonly string[]): WeightNames {
  const prefix = findPrefix([...tensors.keys()], wanted);
  const named = wanted.filter((name) => prefix !== null && tensors.has(prefix + name));
  const numbered = sequentialNames(tensors);
  const places = new Map([...(numbered?.names ?? [])].map(([saved, name]) => [name, saved]));
  const counted = wanted.filter((name) => places.has(name));
  // "4.0.conv1.weight" ends as conv1.weight does: a numbered network has a few names by chance.
  if (numbered && counted.length > named.length)
    return { prefix: numbered.prefix, inFile: new Map(counted.map((name) => [name, places.get(name)!])) };
  return { prefix: prefix ?? "", inFile: new Map(named.map((name) => [name, prefix + name])) };
}

/** The prefix under which most wanted names are found; of equals an online network before its target. */
function findPrefix(names: string[], wanted: readonly string[]): string | null {
  const known = new Set(wanted);
  const counts = new Map<string, number>();
  for (const name of names)
    for (let at = 0; ; ) {
      if (known.has(name.slice(at))) counts.set(name.slice(0, at), (counts.get(name.slice(0, at)) ?? 0) + 1);
      const dot = name.indexOf(".", at);
      if (dot < 0) break;
      at = dot + 1;
    }
  const follows = (prefix: string) => Number(follower.test(prefix));
  const ranked = [...counts].sort(
    ([a, n], [b, m]) => m - n || follows(a) - follows(b) || a.length - b.length,
  );
  return ranked.length > 0 ? ranked[0][0] : null;
}
