/** The page's thumbnails. A sheet of them is decoded when one is first needed; the last eight sheets are kept. */
export class Thumbnails {
  private readonly decoded = new Map<number, Promise<HTMLImageElement>>();

  constructor(
    /** One element a sheet, its text a JPEG as base64. */
    private readonly sheets: readonly Element[],
    private readonly perSide: number,
    /** Pixels of a thumbnail's side; 0 where there are none. */
    readonly size: number,
  ) {}

  private sheet(number: number): Promise<HTMLImageElement> {
    const known = this.decoded.get(number);
    this.decoded.delete(number);
    const sheet = known ?? decode(this.sheets[number].textContent ?? "");
    this.decoded.set(number, sheet);
    const [oldest] = this.decoded.keys();
    if (this.decoded.size > 8) this.decoded.delete(oldest);
    return sheet;
  }

  /** A canvas that shows point `i` as soon as its sheet is decoded. */
  canvas(i: number): HTMLCanvasElement {
    const { perSide, size } = this;
    const canvas = document.createElement("canvas");
    canvas.width = size;
    canvas.height = size;
    const k = i % perSide ** 2;
    this.sheet(Math.floor(i / perSide ** 2)).then((sheet) => {
      const [x, y] = [(k % perSide) * size, Math.floor(k / perSide) * size];
      canvas.getContext("2d")!.drawImage(sheet, x, y, size, size, 0, 0, size, size);
      canvas.dataset.loaded = String(i);
    });
    return canvas;
  }
}

async function decode(base64: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = `data:image/jpeg;base64,${base64}`;
  await image.decode();
  return image;
}
