/** The numbers with commas that an option gives; undefined where it is not given. */
export function numberList(name: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (numbers.some(Number.isNaN)) throw new Error(`--${name} ${text}: numbers with commas belong there.`);
  return numbers;
}
