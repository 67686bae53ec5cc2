import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import sharp from "sharp";

/** README's pictures, and the figure of a committed notebook that each of them is. */
const pictures = [
  ["picture.png", "05-clusters", "fig04-clear-clusters"],
  ["radio-galaxies.png", "09-radio", "fig15-radio-umap"],
  ["real-mergers.png", "12-real-galaxies", "real-fig08-unseen"],
] as const;

type Output = { data?: Record<string, string | string[]> };
type Cells = { cells: { outputs?: Output[] }[] };

const whole = (text: string | string[] = "") => [text].flat().join("");

/** What a notebook's output shows of a figure, as PNG or JPEG. */
async function drawnIn(notebook: string, figure: string): Promise<Buffer> {
  const { cells }: Cells = JSON.parse(await readFile(`notebooks/${notebook}.ipynb`, "utf8"));
  const outputs = cells.flatMap((c) => c.outputs ?? []);
  const { data } = outputs.find((o) => whole(o.data?.["text/plain"]).includes(`out/figures/${figure})`))!;
  return Buffer.from(whole(data!["image/png"] ?? data!["image/jpeg"]), "base64");
}

for (const [file, notebook, figure] of pictures)
  test(`README's ${file} is the ${figure} that notebook ${notebook} shows`, async () => {
    const pixels = (picture: string | Buffer) =>
      sharp(picture).flatten({ background: "#fff" }).toColourspace("srgb").raw().toBuffer();
    const [ours, theirs] = await Promise.all(
      [`notebooks/${file}`, await drawnIn(notebook, figure)].map(pixels),
    );
    assert.equal(ours.length, theirs.length, `copy out/figures/${figure}.png to notebooks/${file}`);
    const differs = ours.reduce((sum, value, i) => sum + Math.abs(value - theirs[i]), 0) / ours.length;
    // A JPEG of the same figure differs by 0.4 in 255, another run's figure by ten.
    assert.ok(
      differs < 1.5,
      `another figure (${differs}): copy out/figures/${figure}.png to notebooks/${file}`,
    );
  });
