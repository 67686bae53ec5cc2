import { isMissingWord } from "./missing-word.js";
import { commaNumber, pointNumber } from "./number-word.js";
import { Spelling } from "./spelling.js";

/** A finished column: numbers, with the file's spelling where it says more, or words. */
export type Column =
  | { numbers: Float64Array; spelling: ((row: number) => string) | null }
  | { words: string[]; note: string | null };

export interface ColumnKind {
  /** The column is text whatever it holds, because its file says so. */
  isText?: boolean;
  /** Numbers have a comma before their fraction, as spreadsheets of half of Europe write them. */
  decimalComma?: boolean;
  /** Beside decimal commas: points stand between thousands, so that "1.234" is 1234. */
  pointThousands?: boolean;
}

/**
 * A column that is numeric until a value is not: words, and integers a double would round (18-digit SDSS ids).
 * Cells that say "missing" fit both. Nothing that was read is lost when a column turns out to be text: its numbers
 * become the words that the file has.
 */
export class ColumnBuilder {
  private numbers: Float64Array | null;
  private readonly spelling = new Spelling();
  private words: string[] = [];
  /** Words that came before: a column of classes has few, and its rows share them. */
  private readonly known = new Map<string, string>();
  private firstWord: { row: number; word: string } | null = null;

  constructor(
    capacity = 1024,
    private readonly kind: ColumnKind = {},
  ) {
    this.numbers = kind.isText ? null : new Float64Array(Math.max(1, capacity)).fill(Number.NaN);
  }

  /** A typed value, as parquet, FITS and VOTable have them. */
  setValue(row: number, value: unknown): void {
    if (typeof value === "number") this.setNumber(row, value, null);
    else if (value === null || value === undefined) this.setNumber(row, Number.NaN, null);
    else if (typeof value === "boolean") this.setNumber(row, Number(value), String(value));
    else if (typeof value === "bigint") {
      if (Number.isSafeInteger(Number(value))) this.setNumber(row, Number(value), null);
      else this.setWord(row, String(value));
    } else this.setWord(row, String(value));
  }

  /** A cell of a text file. */
  setText(row: number, cell: string): void {
    const word = cell.trim();
    if (!this.numbers) this.words[row] = this.shared(word);
    else if (isMissingWord(word)) this.setNumber(row, Number.NaN, word);
    else if (/^(true|false)$/i.test(word)) this.setNumber(row, Number(/^t/i.test(word)), word);
    else {
      const number = this.parse(word);
      if (number === null) {
        this.firstWord ??= { row, word };
        this.setWord(row, word);
      } else this.setNumber(row, number, word);
    }
  }

  finish(length: number): Column {
    if (!this.numbers)
      return { words: Array.from({ length }, (_, i) => this.words[i] ?? ""), note: this.strayWord(length) };
    const numbers = new Float64Array(length).fill(Number.NaN);
    numbers.set(this.numbers.subarray(0, Math.min(length, this.numbers.length)));
    const isPlain = this.spelling.isPlain && !this.kind.decimalComma;
    return { numbers, spelling: isPlain ? null : (row) => this.spelled(row, numbers[row]) };
  }

  private setNumber(row: number, value: number, word: string | null): void {
    if (!this.numbers) {
      this.words[row] = word ?? (Number.isNaN(value) ? "" : String(value));
      return;
    }
    if (row >= this.numbers.length) {
      const grown = new Float64Array(Math.max(row + 1, 2 * this.numbers.length)).fill(Number.NaN);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    this.numbers[row] = value;
    if (word !== null) this.spelling.keep(row, value, this.exchanged(word));
  }

  private setWord(row: number, word: string): void {
    if (this.numbers) {
      const before = Math.min(row, this.numbers.length);
      this.words = Array.from({ length: before }, (_, r) => this.spelled(r, this.numbers![r]));
      this.numbers = null;
    }
    this.words[row] = this.shared(word);
  }

  private shared(word: string): string {
    const same = this.known.get(word);
    if (same === undefined && this.known.size < 4096) this.known.set(word, word);
    return same ?? word;
  }

  private spelled(row: number, value: number): string {
    return this.exchanged(this.spelling.at(row, value));
  }

  /** `Spelling` knows decimal points: where the file has commas, the two change places, and back again. */
  private exchanged(word: string): string {
    return this.kind.decimalComma ? word.replace(/[.,]/g, (c) => (c === "." ? "," : ".")) : word;
  }

  private parse(word: string): number | null {
    const { decimalComma, pointThousands } = this.kind;
    return decimalComma ? commaNumber(word, pointThousands ?? false) : pointNumber(word);
  }

  /** A column of numbers but for a few words is probably not meant as text: said, since it cannot be computed with. */
  private strayWord(length: number): string | null {
    if (!this.firstWord || this.kind.isText || /^[\da-f]+$/i.test(this.firstWord.word)) return null;
    if (length < 5) return null;
    const looksLikeOne = (w: string) => this.parse(w) !== null || /^[+-]?\d+(,\d+)+(\.\d+)?$/.test(w);
    const numbers = this.words.filter((w) => w && looksLikeOne(w)).length;
    if (numbers < 0.8 * length) return null;
    const { row, word } = this.firstWord;
    return `is text, not numbers, because row ${row + 1} says "${word.slice(0, 40)}"`;
  }
}
