/** The path of a Chromium or Chrome: LATENT_SKY_CHROMIUM, else the first on PATH or in its usual place; or null. */
export function findChromium(): string | null;
