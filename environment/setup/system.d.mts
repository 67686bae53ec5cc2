/** The first of `names` on PATH, or null. */
export function onPath(...names: string[]): string | null;
