export type Label = string | number;

/** Labels as small integers: `classes` sorted (numbers by value, text by code point), codes[i] an index into it. */
export interface ClassCodes<L extends Label> {
  classes: L[];
  codes: Int32Array;
}

/** As numpy's `unique(y, return_inverse=True)`. `name` is what the user calls the labels. */
export function classCodes<L extends Label>(labels: ArrayLike<L>, name: string): ClassCodes<L> {
  const seen = new Set<L>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (typeof label !== "string" && !Number.isFinite(label))
      throw new Error(`${name}: label ${label} at row ${i}; a label is text or a finite number.`);
    if (typeof label !== typeof labels[0])
      throw new Error(`${name}: text and numbers are mixed (row 0 is a ${typeof labels[0]}, row ${i} not).`);
    seen.add(label);
  }
  const classes = [...seen].sort((a, b) => (a < b ? -1 : 1));
  const code = new Map(classes.map((label, i) => [label, i]));
  return { classes, codes: Int32Array.from({ length: labels.length }, (_, i) => code.get(labels[i])!) };
}
