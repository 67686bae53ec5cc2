import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A small disk in memory, to be filled and made read-only for real: root is stopped by no permission. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), "latent-sky-disk-"));
  private readonly filler = join(this.folder, "filler");

  constructor(private readonly kilobytes = 64) {
    const size = `size=${kilobytes}k`;
    execFileSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", this.folder], { stdio: "pipe" });
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Takes all the room that is left, or all but `leave` bytes. */
  fill(leave = 0): void {
    for (let size = 1024 * this.kilobytes - leave; size > 0; size -= 4096)
      try {
        writeFileSync(this.filler, new Uint8Array(size));
        return;
      } catch {}
  }

  free(): Promise<void> {
    return rm(this.filler, { force: true });
  }

  readOnly(yes: boolean): void {
    execFileSync("mount", ["-o", `remount,${yes ? "ro" : "rw"}`, this.folder], { stdio: "pipe" });
  }

  remove(): void {
    execFileSync("umount", [this.folder], { stdio: "pipe" });
    rmdirSync(this.folder);
  }
}

/** Why there can be no small disk here, or false: for a test's `skip`. */
export function noSmallDisk(): string | false {
  try {
    new SmallDisk().remove();
    return false;
  } catch {
    return "a small disk cannot be mounted here: it takes root on Linux";
  }
}
