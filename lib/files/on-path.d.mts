/** The first of `names` on PATH that can be run, or null. */
export function onPath(...names: string[]): string | null;
/** Whether a file is there and may be run. */
export function canRun(path: string): boolean;
