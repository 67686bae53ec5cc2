import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { howToFetch } from "../data/download/how-to-fetch.js";
import { fileDigest } from "../files/file-digest.js";
import { paths } from "../files/paths.js";

/** Where a network's weights start: its random ones, ImageNet's, or a file (safetensors, .pth, .ckpt). */
export type WeightStart = "random" | "imagenet" | (string & {});

/** The ImageNet files that are looked for in the archive folders: torchvision's own, old and new, or converted. */
const IMAGENET = ["resnet18-imagenet.safetensors", "resnet18-f37072fd.pth", "resnet18-5c106cde.pth"];

/** The file of a start, its path absolute, or "random" for weights that no file has. Fails where there is none. */
export function weightsFile(start: WeightStart): string {
  if (start === "random") return start;
  if (start === "imagenet") return findImagenet();
  const path = resolve(start);
  if (!existsSync(path))
    throw new Error(
      `There is no weight file ${path}; give "random", "imagenet" or the path of a checkpoint.`,
    );
  return path;
}

/** What stands for the weights in a key: a file's content, since another training may have written another there. */
export async function weightsDigest(start: WeightStart): Promise<string> {
  const file = weightsFile(start);
  return file === "random" ? file : fileDigest(file);
}

/** Where the ImageNet weights lie in the archive folders; fails saying how to get them. */
export function findImagenet(): string {
  const folders = paths.archives();
  for (const folder of folders)
    for (const file of IMAGENET) {
      const path = join(folder, file);
      if (existsSync(path)) return path;
    }
  throw new Error(
    `The ImageNet weights are not here: run \`${howToFetch("resnet18-imagenet")}\`, or put ${IMAGENET.slice(0, 2).join(" or ")} into ${folders.join(" or ")}.`,
  );
}
