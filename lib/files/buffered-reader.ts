import { RandomAccessReader } from "yauzl";
import type { KeptFile } from "./kept-file.js";

const window = 1024 * 1024;

/**
 * Feeds yauzl from megabytes read at once. Left to itself it asks the disk twice for each entry of a directory, and a
 * survey's zip has hundreds of thousands.
 */
export class BufferedReader extends RandomAccessReader {
  private buffer = Buffer.alloc(0);
  private start = 0;

  constructor(private readonly file: KeptFile) {
    super();
  }

  override read(
    into: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.fill(position, length).then(
      () => {
        this.buffer.copy(into, offset, position - this.start, position - this.start + length);
        callback(null);
      },
      (error) => callback(error),
    );
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null); // the file is its opener's
  }

  private async fill(position: number, length: number): Promise<void> {
    if (position >= this.start && position + length <= this.start + this.buffer.length) return;
    const wanted = Buffer.alloc(Math.min(Math.max(window, length), Math.max(0, this.file.size - position)));
    if (wanted.length < length || !(await this.file.read(wanted, position)))
      throw new Error("it ends too early");
    this.buffer = wanted;
    this.start = position;
  }
}
