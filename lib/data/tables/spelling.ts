/** Codes of a value's spelling: how JavaScript prints it, with so many decimals, as a word of the dictionary, or rare. */
const plain = 0;
const firstDictionary = 22;
const rare = 255;

/**
 * How a text file spells the numbers of a column, where `String(value)` would say it otherwise ("12.10", "1e5", "+3",
 * "True", "NA"). A byte a value: numbers printed with a fixed count of decimals, and up to 233 words that come again
 * and again; anything else has an entry of its own.
 */
export class Spelling {
  private codes: Uint8Array | null = null;
  private readonly dictionary: string[] = [];
  private readonly others = new Map<number, string>();

  /** Whether every value is spelled as JavaScript prints it, and every missing one as nothing. */
  get isPlain(): boolean {
    return this.codes === null;
  }

  keep(row: number, value: number, word: string): void {
    const code = this.codeOf(row, value, word);
    if (code === plain && (!this.codes || row >= this.codes.length)) return;
    if (!this.codes || row >= this.codes.length) {
      const grown = new Uint8Array(Math.max(row + 1, 1024, 2 * (this.codes?.length ?? 0)));
      if (this.codes) grown.set(this.codes);
      this.codes = grown;
    }
    this.codes[row] = code;
  }

  at(row: number, value: number): string {
    const code = this.codes?.[row] ?? plain;
    if (code === plain) return Number.isNaN(value) ? "" : String(value);
    if (code === rare) return this.others.get(row) ?? "";
    return code < firstDictionary ? value.toFixed(code - 1) : this.dictionary[code - firstDictionary];
  }

  private codeOf(row: number, value: number, word: string): number {
    // Most numbers are told from their letters alone: printing each to compare would take as long as reading it.
    if (/^-?(0|[1-9]\d{0,5})(\.\d{0,5}[1-9])?$/.test(word) && word !== "-0") return plain;
    if (Number.isNaN(value) ? word === "" : String(value) === word) return plain;
    const point = word.indexOf(".");
    const decimals = point < 0 ? 0 : word.length - point - 1;
    if (decimals <= 20 && value.toFixed(decimals) === word) return decimals + 1;
    let known = this.dictionary.indexOf(word);
    if (known < 0 && (Number.isNaN(value) || this.dictionary.length < 64) && this.dictionary.length < 233)
      known = this.dictionary.push(word) - 1;
    if (known >= 0) return firstDictionary + known;
    this.others.set(row, word);
    return rare;
  }
}
