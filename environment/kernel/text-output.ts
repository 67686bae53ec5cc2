type StreamName = "stdout" | "stderr";

/** Milliseconds and characters after which gathered text leaves. */
const patience = 30;
const most = 64 * 1024;

/**
 * What a cell prints, gathered for a moment: a line a message is more than Jupyter's server lets through (1000 messages
 * a second, `iopub_msg_rate_limit`), and it drops the rest. The order of both streams is kept; whoever publishes
 * anything else calls `flush` first.
 */
export class TextOutput {
  private name: StreamName = "stdout";
  private parts: string[] = [];
  private length = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly publish: (name: StreamName, text: string) => void) {}

  write(name: StreamName, text: string): void {
    if (name !== this.name) this.flush();
    this.name = name;
    this.parts.push(text);
    this.length += text.length;
    if (this.length >= most) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), patience);
  }

  flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (!this.parts.length) return;
    const text = this.parts.join("");
    this.parts = [];
    this.length = 0;
    this.publish(this.name, text);
  }
}
