import type { TensorMap } from "./host-tensor.js";

/** The children of a numbered ResNet, by their place: what PyTorch calls each when they have names. */
export interface Numbered {
  prefix: string;
  /** Name in the file to name in the network. */
  names: Map<string, string>;
}

/**
 * The names of a ResNet that was saved as `nn.Sequential(*list(resnet.children())[:-1])`, as lightly and many trainers
 * do: its children are numbered, and what each is shows in its tensors. The convolution before all blocks is conv1,
 * the batch norm there bn1, the four groups of blocks layer1 to layer4, a matrix behind them fc. ReLU and pooling have
 * numbers too, or none: only the order counts. One entry for each prefix that has these children.
 */
export function sequentialNames(tensors: TensorMap): Numbered[] {
  const groups = new Map<string, Map<number, string[]>>();
  for (const name of tensors.keys())
    for (const match of name.matchAll(/(?<=^|\.)(\d+)\./g)) {
      const at = match.index ?? 0;
      const children = groups.get(name.slice(0, at)) ?? new Map<number, string[]>();
      const number = Number(match[1]);
      children.set(number, [...(children.get(number) ?? []), name.slice(at + match[0].length)]);
      groups.set(name.slice(0, at), children);
    }
  return [...groups].flatMap(([prefix, children]) => {
    const names = namesOf(prefix, children, tensors);
    return names ? [{ prefix, names }] : [];
  });
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
