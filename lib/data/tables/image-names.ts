import { imageNamePattern } from "../images/decode-image.js";

/** An image as a table may name it. */
export interface NamedImage {
  id: string;
  /** Its path in the folder or archive that was opened: "fieldA/000.png". */
  entry: string;
  /** The path of that folder or archive: "/data/set". */
  archive: string;
}

/** Which row of a table belongs to which image. */
export interface RowMatch {
  /** For each image its row, -1 where it has none. */
  rows: Int32Array;
  /** Rows that name no image. */
  withoutImage: number[];
  /** Rows that name an image which an earlier row names in the same words. */
  repeated: number[];
  /** Rows of which their name alone does not tell which image, or images which row, is meant. */
  ambiguous: number[];
}

interface Name {
  folders: readonly string[];
  base: string;
  /** The image's extension as written, in lower case; "" where there is none. */
  extension: string;
}

/** Images by the name that a table's values are compared with. */
export class ImageNames {
  private readonly names: readonly Name[];
  /** How many of an image's folders lie in what was opened. */
  private readonly depths: readonly number[];
  private readonly byBase = new Map<string, number[]>();
  private readonly places = new Map<readonly number[], Place>();

  constructor(
    readonly images: readonly NamedImage[],
    private readonly keyOf: (base: string) => string = (base) => base,
  ) {
    this.names = images.map(({ entry, archive }) => nameOf(`${archive}/${entry}`));
    this.depths = images.map(({ entry }) => nameOf(entry).folders.length);
    for (const [i, { base }] of this.names.entries()) {
      this.add(keyOf(base), i);
      const { base: own } = nameOf(images[i].id);
      if (keyOf(own) !== keyOf(base)) this.add(keyOf(own), i);
    }
  }

  /** The same, names of digits without their leading zeros; null where no name has any, or two would be the same. */
  static byNumber(images: readonly NamedImage[]): ImageNames | null {
    const bases = images.map(({ entry }) => nameOf(entry).base);
    const numbers = bases.map(withoutZeros);
    const isOther = numbers.some((number, i) => number !== bases[i]);
    const isUnique = new Set(numbers).size === new Set(bases).size;
    return isOther && isUnique ? new ImageNames(images, withoutZeros) : null;
  }

  /** The images of that name in whatever folder; null where there is none. */
  named(value: string, otherwise?: string | null): readonly number[] | null {
    return this.find(value, otherwise).found ?? null;
  }

  /**
   * Matches the values of a column with the images: by file name without extension, and where that does not tell, by
   * the folders before it. Separators of Windows and composed or decomposed letters (NFC, NFD) make no difference.
   * A path that is the image's own in what was opened is meant before one that ends alike. Pictures of one name in one
   * folder (a.png, a.jpg) are one object. `otherwise` is a second
   * spelling of each value, tried where the first names no image ("1" for a 1.0).
   */
  match(
    length: number,
    value: (row: number) => string,
    otherwise?: (row: number) => string | null,
  ): RowMatch {
    const { images } = this;
    const rows = new Int32Array(images.length).fill(-1);
    const scores = new Float64Array(images.length);
    const contested = new Map<number, number>();
    const result: RowMatch = { rows, withoutImage: [], repeated: [], ambiguous: [] };
    const same = (a: number, b: number) => value(a).normalize("NFC") === value(b).normalize("NFC");
    for (let row = 0; row < length; row++) {
      const { found, name } = this.find(value(row), otherwise?.(row));
      if (!found) {
        result.withoutImage.push(row);
        continue;
      }
      const meant = this.meant(found, name);
      if (!meant.length) result.ambiguous.push(row);
      for (const { image, score } of meant) {
        if (score > scores[image]) {
          scores[image] = score;
          rows[image] = row;
          contested.delete(image);
        } else if (score === scores[image]) {
          if (same(row, rows[image])) result.repeated.push(row);
          else contested.set(image, row);
        }
      }
    }
    for (const [image, row] of contested) {
      result.ambiguous.push(rows[image], row);
      rows[image] = -1;
    }
    return result;
  }

  private add(base: string, image: number): void {
    const known = this.byBase.get(base);
    if (known) known.push(image);
    else this.byBase.set(base, [image]);
  }

  private find(word: string, other: string | null | undefined) {
    const name = nameOf(word);
    const found = this.byBase.get(this.keyOf(name.base));
    if (found || !other) return { found, name };
    const second = nameOf(other);
    return { found: this.byBase.get(this.keyOf(second.base)), name: second };
  }

  /** Of images of one base name, those that a row means: the ones that share most folders with it. */
  private meant(found: readonly number[], name: Name): { image: number; score: number }[] {
    return this.nearest(found, name).map((image) => {
      const shared = sharedFolders(this.names[image].folders, name.folders);
      const isOwn = shared === name.folders.length && shared === this.depths[image];
      // A row that names another folder fits worse than one that names none.
      const folders = (shared > 0 ? 1 + shared : name.folders.length ? 0.5 : 1) + (isOwn ? 0.5 : 0);
      const extension = name.extension !== "" && name.extension === this.names[image].extension ? 0.25 : 0;
      return { image, score: folders + extension };
    });
  }

  /**
   * Of images of one base name, those with which `name` shares most folders, of these the ones whose own path it is;
   * none where they lie in several folders. A survey may have a folder for each object and one file name in all: so
   * it goes from folder to folder, and never through all images for one row.
   */
  private nearest(found: readonly number[], name: Name): readonly number[] {
    let place = this.places.get(found);
    if (!place) this.places.set(found, (place = new Place(found)));
    const { folders } = name;
    let shared = 0;
    while (shared < folders.length && place.images.length > 1) {
      const inner = place.within((image) => this.names[image].folders.at(-1 - shared));
      const next = inner.get(folders[folders.length - 1 - shared]);
      if (!next) break;
      place = next;
      shared++;
    }
    const isWhole = shared === folders.length;
    return place.meant(isWhole, (image) => ({
      folder: this.names[image].folders.join("/"),
      isOwn: isWhole && this.depths[image] === shared,
    }));
  }
}

/** Images whose last folders are the same ones, divided by the folder before these when somebody asks. */
class Place {
  private inner?: Map<string | undefined, Place>;
  private readonly known = new Map<boolean, readonly number[]>();

  constructor(readonly images: readonly number[]) {}

  within(folderOf: (image: number) => string | undefined): ReadonlyMap<string | undefined, Place> {
    if (this.inner) return this.inner;
    const lists = new Map<string | undefined, number[]>();
    for (const image of this.images) {
      const folder = folderOf(image);
      const list = lists.get(folder);
      if (list) list.push(image);
      else lists.set(folder, [image]);
    }
    this.inner = new Map(Array.from(lists, ([folder, images]) => [folder, new Place(images)]));
    return this.inner;
  }

  /** Its images, or where there are any those that are `isOwn`; none where these lie in several folders. */
  meant(isWhole: boolean, about: (image: number) => { folder: string; isOwn: boolean }): readonly number[] {
    const known = this.known.get(isWhole);
    if (known) return known;
    const all = this.images.map((image) => ({ image, ...about(image) }));
    const own = all.filter(({ isOwn }) => isOwn);
    const best = own.length ? own : all;
    const meant = new Set(best.map(({ folder }) => folder)).size === 1 ? best.map(({ image }) => image) : [];
    this.known.set(isWhole, meant);
    return meant;
  }
}

/** "0012" -> "12", and other names as they are. */
const withoutZeros = (base: string) => (/^0+\d+$/.test(base) ? base.replace(/^0+(?=\d)/, "") : base);

function sharedFolders(a: readonly string[], b: readonly string[]): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[a.length - 1 - shared] === b[b.length - 1 - shared])
    shared++;
  return shared;
}

function nameOf(value: string): Name {
  const path = value
    .normalize("NFC")
    .trim()
    .replace(/^[a-z][a-z+]+:\/\/([^?#]*).*$/i, "$1");
  const parts = path.split(/[\\/]+/).filter((p) => p !== "" && p !== ".");
  const file = parts.pop() ?? "";
  const extension = imageNamePattern.exec(file)?.[0] ?? "";
  return {
    folders: parts,
    base: extension === file ? file : file.slice(0, file.length - extension.length),
    extension: extension.toLowerCase(),
  };
}
