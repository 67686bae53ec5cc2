import { type Bounds, type Kernel, Product, Sum } from "./kernel.js";
import { ConstantKernel, Matern, RationalQuadratic, Rbf, WhiteKernel } from "./kernels.js";

/** A kernel as JSON: its kind, its hyperparameters with their bounds in order, or the two it is made of. */
export type SavedKernel = SavedPair | SavedLeaf;

interface SavedPair {
  kind: "sum" | "product";
  left: SavedKernel;
  right: SavedKernel;
}

interface SavedLeaf {
  kind: "rbf" | "matern" | "rational-quadratic" | "white" | "constant";
  /** The smoothness of a Matern kernel. */
  nu?: number;
  values: number[];
  bounds: Bounds[];
}

export function saveKernel(kernel: Kernel): SavedKernel {
  if (kernel instanceof Sum || kernel instanceof Product)
    return {
      kind: kernel instanceof Sum ? "sum" : "product",
      left: saveKernel(kernel.left),
      right: saveKernel(kernel.right),
    };
  const values = kernel.hyperparameters.map((h) => h.value);
  const bounds = kernel.hyperparameters.map((h) => h.bounds);
  if (kernel instanceof Rbf) return { kind: "rbf", values, bounds };
  if (kernel instanceof Matern) return { kind: "matern", nu: kernel.nu, values, bounds };
  if (kernel instanceof RationalQuadratic) return { kind: "rational-quadratic", values, bounds };
  if (kernel instanceof WhiteKernel) return { kind: "white", values, bounds };
  if (kernel instanceof ConstantKernel) return { kind: "constant", values, bounds };
  throw new Error(`The kernel ${kernel} is not one of this library's and cannot be saved.`);
}

export function loadKernel(saved: SavedKernel): Kernel {
  if ("left" in saved) {
    const [left, right] = [loadKernel(saved.left), loadKernel(saved.right)];
    return saved.kind === "sum" ? left.plus(right) : left.times(right);
  }
  const { values, bounds } = saved;
  switch (saved.kind) {
    case "rbf":
      return new Rbf(values[0], bounds[0]);
    case "matern":
      return new Matern(saved.nu as Matern["nu"], values[0], bounds[0]);
    case "rational-quadratic":
      return new RationalQuadratic(values[1], values[0], bounds[1], bounds[0]);
    case "white":
      return new WhiteKernel(values[0], bounds[0]);
    case "constant":
      return new ConstantKernel(values[0], bounds[0]);
    default:
      throw new Error(`There is no kernel "${(saved as { kind: string }).kind}" in this version.`);
  }
}
