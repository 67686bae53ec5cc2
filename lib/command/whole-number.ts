/** The whole number above 0 that an option gives; undefined where it is not given. */
export function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1)
    throw new Error(`--${name} ${text}: a whole number above 0 belongs there.`);
  return n;
}
