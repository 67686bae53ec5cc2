import { rmSync } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * A kernel whose starter died must not stay behind, however early that was: the launcher notes its parent before
 * anything is loaded, and runner and Jupyter name themselves in the environment (LATENT_SKY_STARTER,
 * JPY_PARENT_PID), in case they died before even that.
 */
export function endWithStarter(parentAtLaunch: number, connectionFile: string): void {
  const named = Number(process.env.LATENT_SKY_STARTER || process.env.JPY_PARENT_PID) || null;
  delete process.env.LATENT_SKY_STARTER; // it is not the starter of what a cell starts
  const gone = () => process.ppid !== parentAtLaunch || (named !== null && !isThere(named));
  setInterval(() => {
    if (!gone()) return;
    const folder = dirname(connectionFile);
    if (basename(folder).startsWith("latent-sky-kernel-")) rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  }, 1000).unref();
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
