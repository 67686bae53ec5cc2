const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder("utf-8");

/**
 * Reads a pickle's operands from where it stands: fixed-width numbers, counted strings, lines and long integers.
 * Whatever reaches past the end, or takes more time than its size is worth, is an error that says at which byte.
 */
export class PickleReader {
  readonly length: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(
    bytes: Uint8Array,
    public position: number,
    private readonly name = "",
  ) {
    // A Buffer's slice() shares its memory: a plain view makes it a copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.length = bytes.byteLength;
  }

  failure(what: string): Error {
    return new Error(`The pickle ${this.name} ${what}, at byte ${this.position}.`.replace("  ", " "));
  }

  private advance(n: number): number {
    const at = this.position;
    if (!(n >= 0 && n <= this.bytes.length - at)) throw this.failure("ends too early");
    this.position = at + n;
    return at;
  }

  private take(n: number): Uint8Array {
    const at = this.advance(n);
    return this.bytes.subarray(at, at + n);
  }

  u8 = (): number => this.bytes[this.advance(1)];
  u16 = (): number => this.view.getUint16(this.advance(2), true);
  u32 = (): number => this.view.getUint32(this.advance(4), true);
  u64 = (): number => Number(this.view.getBigUint64(this.advance(8), true));
  i32 = (): number => this.view.getInt32(this.advance(4), true);
  f64 = (): number => this.view.getFloat64(this.advance(8), false);

  /** The next `n` bytes, a copy. */
  data(n: number): Uint8Array {
    return this.take(n).slice();
  }

  /** The next `n` bytes as text. */
  text(n: number): string {
    return utf8.decode(this.take(n));
  }

  /** Python 2's 8-bit string of `n` bytes. */
  oldText(n: number): string {
    return latin1.decode(this.take(n));
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.position);
    if (end < 0) throw this.failure("ends inside a line");
    const text = latin1.decode(this.bytes.subarray(this.position, end));
    this.position = end + 1;
    return text.replace(/\r$/, "");
  }

  integer(text: string): number | bigint {
    // Parsing decimal digits takes quadratic time: nothing real has more than these.
    if (!/^\s*[+-]?\d{1,4000}\s*$/.test(text)) throw this.failure("has an integer that cannot be read");
    return safe(BigInt(text.trim()));
  }

  /** Little-endian two's complement of `n` bytes. */
  long(n: number): number | bigint {
    if (n > 4096) throw this.failure(`has an integer of ${n} bytes`);
    const digits = this.take(n);
    let hex = "";
    for (let i = n - 1; i >= 0; i--) hex += digits[i].toString(16).padStart(2, "0");
    return safe(BigInt.asIntN(8 * n, BigInt(`0x${hex || "0"}`)));
  }

  /** A line that holds a protocol-0 string literal. */
  quoted(): string {
    return unquote(this.line());
  }

  /** A line of protocol-0 text, with its \u escapes. */
  escaped(): string {
    return this.line().replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, a, b) =>
      String.fromCodePoint(Number.parseInt(a ?? b, 16)),
    );
  }
}

function safe(value: bigint): number | bigint {
  const n = Number(value);
  return Number.isSafeInteger(n) ? n : value;
}

/** A protocol-0 string literal: 'a\n\x41' with its quotes. */
function unquote(literal: string): string {
  const body = literal.trim().slice(1, -1);
  const named: Record<string, string> = { n: "\n", r: "\r", t: "\t", "\\": "\\", "'": "'", '"': '"' };
  return body.replace(/\\(?:x([0-9a-fA-F]{2})|([nrt\\'"]))/g, (_, hex, one) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : named[one],
  );
}
