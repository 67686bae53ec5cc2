/** What a TFORM of a binary table says (FITS standard 4.0, section 7.3). */
export interface BinaryForm {
  /** How many elements a row holds. */
  repeat: number;
  /** Their kind; P and Q point into the heap. */
  letter: string;
  /** The kind of what P and Q point to, else "". */
  element: string;
  /** Bytes of a row. */
  width: number;
}

/** Bytes of one element by its letter. */
export const elementBytes: Readonly<Record<string, number>> = {
  L: 1,
  X: 1 / 8,
  B: 1,
  I: 2,
  J: 4,
  K: 8,
  A: 1,
  E: 4,
  D: 8,
  C: 8,
  M: 16,
  P: 8,
  Q: 16,
};

/** Reads a TFORM such as "E", "16A" or "1PB(1024)"; null where no column is of that form. */
export function binaryForm(tform: string): BinaryForm | null {
  const [, digits, letter, element = ""] =
    /^(\d*)([LXBIJKAEDCMPQ])([LXBIJKAEDCM]?)/.exec(tform.trim().toUpperCase()) ?? [];
  if (!letter) return null;
  const repeat = digits ? Number(digits) : 1;
  return { repeat, letter, element, width: Math.ceil(repeat * elementBytes[letter]) };
}
