import type { FileHandle } from "node:fs/promises";

/** Bytes that are put together before they go to the file. */
const BLOCK = 1 << 18;

/**
 * Text on its way to a file as UTF-8, by way of one buffer that is used again. What is written leaves no large strings
 * behind: those outlive the collector's quick rounds, and the heap then grows with the length of the file.
 */
export class TextBlock {
  private bytes = Buffer.allocUnsafe(2 * BLOCK);
  private used = 0;

  constructor(private readonly file: FileHandle) {}

  /** Whether it is time for `flush`; until then there is always room. */
  get isFull(): boolean {
    return this.used >= BLOCK;
  }

  put(text: string): void {
    // No UTF-16 unit takes more than three bytes.
    if (this.used + 3 * text.length > this.bytes.length) this.grow(this.used + 3 * text.length);
    const { bytes, used } = this;
    for (let k = 0; k < text.length; k++) {
      const code = text.charCodeAt(k);
      if (code > 127) {
        this.used += bytes.write(text, used, "utf8");
        return;
      }
      bytes[used + k] = code;
    }
    this.used += text.length;
  }

  async flush(): Promise<void> {
    await this.file.writeFile(this.bytes.subarray(0, this.used));
    this.used = 0;
  }

  private grow(room: number): void {
    const larger = Buffer.allocUnsafe(Math.max(room, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.used);
    this.bytes = larger;
  }
}
