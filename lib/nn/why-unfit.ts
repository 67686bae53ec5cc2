import { shortList } from "../short-list.js";
import type { TensorMap } from "./host-tensor.js";
import { type WeightNames, withoutWrappers } from "./weight-names.js";

/** A residual block's convolution, named or as the child of an nn.Sequential. */
const blockOf = /^((?:layer)?\d+\.\d+)\.conv\d\.weight$/;

/**
 * Why what was found in a file are not the weights of the network that has the tensors `wanted`, as the end of a sentence
 * that begins with the file; null where they are.
 */
export function whyUnfit(
  tensors: TensorMap,
  { prefix, inFile, rivals }: WeightNames,
  wanted: readonly string[],
  shapeOf: (name: string) => readonly number[],
): string | null {
  const whole = "save the whole network in Python with torch.save(model.state_dict(), path)";
  const some = [...inFile.values()].slice(0, 3).join(", ");
  if (inFile.size === 0)
    return ` has no tensor of a ResNet-18; its names begin ${[...tensors.keys()].slice(0, 3).join(", ")}: ${whole}`;
  if (2 * inFile.size < wanted.length)
    return ` has ${inFile.size} of the ${wanted.length} tensors of a ResNet-18 (${some}): it is of another network, or its names are not known here; ${whole}`;
  for (const [name, saved] of inFile) {
    const [found, expected] = [tensors.get(saved)!.shape, shapeOf(name)];
    if (found.join() !== expected.join())
      return `: "${saved}" has shape [${found}] where a ResNet-18 has [${expected}]`;
  }
  const deeper = furtherBlocks(tensors, prefix, new Set(inFile.values()));
  if (deeper.length)
    return ` is of a deeper ResNet, not of a ResNet-18: it has the blocks ${shortList(deeper, 3)} too`;
  if (rivals.length)
    return ` holds several networks that fit, ${shortList([prefix, ...rivals], 3)}: save the right one by itself with torch.save(model.state_dict(), path)`;
  for (const saved of inFile.values())
    if (!tensors.get(saved)!.data.every(Number.isFinite))
      return `: "${saved}" holds numbers that are not finite, as after a training that diverged: take an earlier checkpoint`;
  return null;
}

/** The first two blocks of each layer of a ResNet-34 are named, and shaped, as those of a ResNet-18. */
function furtherBlocks(tensors: TensorMap, prefix: string, taken: ReadonlySet<string>): string[] {
  const blocks = [...tensors.keys()]
    .filter((name) => !taken.has(name))
    .map(withoutWrappers)
    .filter((name) => name.startsWith(prefix))
    .flatMap((name) => blockOf.exec(name.slice(prefix.length))?.[1] ?? []);
  return [...new Set(blocks)];
}
