import type { TensorMap } from "./host-tensor.js";
import { sequentialNames } from "./sequential-names.js";

/** Where a file has the tensors of a network. */
export interface WeightNames {
  /** What stands before the network's own names, or before the numbers of an nn.Sequential. */
  prefix: string;
  /** Name in the network to name in the file. */
  inFile: Map<string, string>;
  /** Where else the file has as much of it, with other numbers, and nothing says which is meant. */
  rivals: string[];
}

/** What FSDP, activation checkpointing and torch.compile put between the names of modules. */
const wrappers = /(^|\.)(_fsdp_wrapped_module|_checkpoint_wrapped_module|_orig_mod)(?=\.)/g;

/** Names of a network that follows another as its moving average: BYOL's target, MoCo's key encoder, a teacher. */
const follower = /target|momentum|ema|teacher|shadow|encoder_k/i;

type Place = Pick<WeightNames, "prefix" | "inFile">;

/**
 * The tensors of `wanted` in a file: under a prefix, or as the numbered children of an nn.Sequential; of equals those of
 * an online network before its target's. Names of modules that wrap others are passed over.
 */
export function findWeightNames(saved: TensorMap, wanted: readonly string[]): WeightNames {
  const unwrapped = new Map([...saved.keys()].map((name) => [withoutWrappers(name), name]));
  const tensors: TensorMap = new Map([...unwrapped].map(([name, inFile]) => [name, saved.get(inFile)!]));
  const [place = { prefix: "", inFile: new Map<string, string>() }, ...others] = findPlaces(tensors, wanted);
  const rivals = others
    .filter((other) => !follower.test(other.prefix) && !sameValues(tensors, place, other))
    .map((other) => other.prefix);
  const inFile = new Map([...place.inFile].map(([name, found]) => [name, unwrapped.get(found)!]));
  return { prefix: place.prefix, inFile, rivals };
}

/** A name without the modules that only wrap others. */
export const withoutWrappers = (name: string) => name.replace(wrappers, "").replace(/^\./, "");

/** Every place of the file that has as many of the network's tensors as any other has, the likeliest first. */
function findPlaces(tensors: TensorMap, wanted: readonly string[]): Place[] {
  const named = prefixesOf([...tensors.keys()], wanted).map((prefix) => ({
    prefix,
    inFile: new Map(wanted.filter((n) => tensors.has(prefix + n)).map((n) => [n, prefix + n])),
  }));
  // "4.0.conv1.weight" ends as conv1.weight does: a numbered network has a few names by chance.
  const numbered = sequentialNames(tensors).map(({ prefix, names }) => {
    const places = new Map([...names].map(([saved, name]) => [name, saved]));
    return {
      prefix,
      inFile: new Map(wanted.filter((n) => places.has(n)).map((n) => [n, places.get(n)!])),
    };
  });
  const most = Math.max(0, ...[...named, ...numbered].map((place) => place.inFile.size));
  const follows = ({ prefix }: Place) => Number(follower.test(prefix));
  return [...named, ...numbered]
    .filter((place) => most > 0 && place.inFile.size === most)
    .sort((a, b) => follows(a) - follows(b) || a.prefix.length - b.prefix.length);
}

/** Everything that stands before a wanted name somewhere. */
function prefixesOf(names: readonly string[], wanted: readonly string[]): string[] {
  const known = new Set(wanted);
  const prefixes = new Set<string>();
  for (const name of names)
    for (let at = 0; ; ) {
      if (known.has(name.slice(at))) prefixes.add(name.slice(0, at));
      const dot = name.indexOf(".", at);
      if (dot < 0) break;
      at = dot + 1;
    }
  return [...prefixes];
}

/** A module may stand in a file under two names. */
function sameValues(tensors: TensorMap, a: Place, b: Place): boolean {
  return [...a.inFile].every(([name, saved]) => {
    const [one, other] = [tensors.get(saved)!, tensors.get(b.inFile.get(name) ?? "")];
    return other !== undefined && one.data.every((value, i) => Object.is(value, other.data[i]));
  });
}
