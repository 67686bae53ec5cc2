import type { SkyPosition } from "../sky-position.js";

/** The IAU designation JHHMMSS.ss+DDMMSS.s; coordinates are truncated, as the IAU asks. */
export function iauName({ ra, dec }: SkyPosition): string {
  const sexagesimal = (value: number, decimals: number) => {
    const unit = 10 ** decimals;
    const total = Math.floor(Math.abs(value) * 3600 * unit + 1e-6);
    const seconds = (total % (60 * unit)) / unit;
    const minutes = Math.floor(total / (60 * unit)) % 60;
    const whole = Math.floor(total / (3600 * unit));
    const two = (v: number) => String(v).padStart(2, "0");
    return `${two(whole)}${two(minutes)}${seconds.toFixed(decimals).padStart(3 + decimals, "0")}`;
  };
  return `J${sexagesimal(ra / 15, 2)}${dec < 0 ? "-" : "+"}${sexagesimal(dec, 1)}`;
}
