import type { TensorMap } from "./host-tensor.js";

/** The children of a numbered ResNet, by their place: what PyTorch calls each when they have names. */
interface Numbered {
  prefix: string;
  /** Name in the file to name in the network. */
  names: Map<string, string>;
}

/** Names of a network that follows another as its moving average: BYOL's target, MoCo's key encoder, a teacher. */
export const follower = /target|momentum|ema|teacher|shadow|encoder_k/i;

/**
 * The names of a ResNet that was saved as `nn.Sequential(*list(resnet.children())[:-1])`, as lightly and many trainers
 * do: its children are numbered, and what each is shows in its tensors. The convolution before all blocks is conv1,
 * the batch norm there bn1, the four groups of blocks layer1 to layer4, a matrix behind them fc. ReLU and pooling have
 * numbers too, or none: only the order counts. Null where no prefix has these children.
 */
export function sequentialNames(tensors: TensorMap): Numbered | null {
  const groups = new Map<string, Map<number, string[]>>();
  for (const name of tensors.keys())
    for (const match of name.matchAll(/(?<=^|\.)(\d+)\./g)) {
      const at = match.index ?? 0;
      const children = groups.get(name.slice(0, at)) ?? new Map<number, string[]>();
      const number = Number(match[1]);
      children.set(number, [...(children.get(number) ?? []), name.slice(at + match[0].length)]);
      groups.set(name.slice(0, at), children);
    }
  const found = [...groups].flatMap(([prefix, children]) => {
    const names = namesOf(prefix, children, tensors);
    return names ? [{ prefix, names }] : [];
  });
  // Of equals the online network before its target, as for names.
  const follows = (prefix: string) => Number(follower.test(prefix));
  found.sort((a, b) => b.names.size - a.names.size || follows(a.prefix) - follows(b.prefix));
  return found[0] ?? null;
}

function namesOf(
  prefix: string,
  children: ReadonlyMap<number, string[]>,
  tensors: TensorMap,
): Map<string, string> | null {
  const names = new Map<string, string>();
  let layers = 0;
  for (const number of [...children.keys()].sort((a, b) => a - b)) {
    const inner = children.get(number)!;
    const rank = tensors.get(`${prefix}${number}.weight`)?.shape.length;
    const isBlocks = inner.some((name) => /^\d+\.conv1\.weight$/.test(name));
    const child = isBlocks
      ? `layer${++layers}`
      : layers > 0
        ? rank === 2 && "fc"
        : rank === 4
          ? "conv1"
          : inner.includes("running_mean") && "bn1";
    if (child) for (const name of inner) names.set(`${prefix}${number}.${name}`, `${child}.${name}`);
  }
  return layers === 4 ? names : null;
}
