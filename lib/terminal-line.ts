import { visible } from "./visible.js";

/**
 * One line of a terminal that is written over again and again, cut at its width; names in it are made `visible`. Where
 * the stream is no terminal but a log, `show` adds a line: the caller shows fewer there (`live` tells).
 */
export class TerminalLine {
  readonly live: boolean;

  constructor(private readonly stream: NodeJS.WriteStream) {
    this.live = Boolean(stream.isTTY);
  }

  show(text: string): void {
    const width = (this.stream.columns ?? 100) - 1;
    const plain = visible(text);
    this.stream.write(this.live ? `\r${plain.slice(0, width)}\x1b[K` : `${plain}\n`);
  }

  /** Shows the last state and leaves it standing. */
  end(text: string): void {
    this.show(text);
    if (this.live) this.stream.write("\n");
  }

  /** Takes the line away, for other words to stand there. */
  clear(): void {
    if (this.live) this.stream.write("\r\x1b[K");
  }
}
