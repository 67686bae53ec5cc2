import { readFileSync } from "node:fs";

/**
 * The most memory that this process has held at once, in MiB. Linux counts the parent's into
 * `resourceUsage().maxRSS`, since a child begins as its copy; `VmHWM` begins with the program itself.
 */
export function peakMemory(): number {
  return (readHighWater() ?? process.resourceUsage().maxRSS) / 1024;
}

function readHighWater(): number | null {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
    return line && Number(line[1]);
  } catch {
    return null; // no such file on macOS, where a child's count is its own
  }
}
