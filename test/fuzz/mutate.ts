import type { Random } from "../../lib/random.js";

/** Numbers at which sizes, counts and offsets go wrong. */
const edges = [0, 1, 2, 3, 7, 8, 15, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536];
const wide = [0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const huge = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
const numbers = ["0", "-1", "1e999", "NaN", "99999999999999999999", "2147483648", "4294967296", "1000000000"];
const words = [
  ...numbers,
  "null",
  "true",
  "[]",
  "{}",
  '""',
  "__proto__",
  "constructor",
  "\0",
  "😀",
  "-0",
  ",",
];

type Change = (b: Buffer, at: number, random: Random, seeds: readonly Buffer[]) => Buffer;

const cut = (b: Buffer, at: number, length: number, put: Buffer = Buffer.alloc(0)) =>
  Buffer.concat([b.subarray(0, at), put, b.subarray(Math.min(b.length, at + length))]);
const one = <T>(random: Random, of: readonly T[]): T => of[random.integer(of.length)];

/** Puts an unsigned number of 2, 4 or 8 bytes at a place, in either order of bytes. */
const number: Change = (b, at, random) => {
  const size = one(random, [2, 4, 8]);
  const value =
    size === 8 ? one(random, huge) : BigInt(one(random, size === 4 ? [...edges, ...wide] : edges));
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  const put = bytes.subarray(0, size);
  return cut(b, at, size, random.integer(2) ? put : Buffer.from(put).reverse());
};

/** A run of digits becomes another number of the same width. */
const digits: Change = (b, _at, random) => {
  const text = b.toString("latin1");
  const found = [...text.slice(0, 4096).matchAll(/\d+/g)];
  if (!found.length) return b;
  const { index, 0: old } = one(random, found);
  const put = one(random, numbers).slice(0, old.length).padStart(old.length);
  return cut(b, index, old.length, Buffer.from(put));
};

/** A word or a quoted text becomes something else. */
const word: Change = (b, _at, random) => {
  const text = b.toString("utf8");
  const found = [...text.slice(0, 20_000).matchAll(/"[^"]*"|[\w.-]+/g)];
  if (!found.length) return b;
  const { index, 0: old } = one(random, found);
  return Buffer.from(text.slice(0, index) + one(random, words) + text.slice(index + old.length));
};

const ofBytes: readonly Change[] = [
  (b, at, random) => cut(b, at, 1, Buffer.from([b[at] ^ (1 << random.integer(8))])),
  (b, at, random) => cut(b, at, 1, Buffer.from([random.integer(256)])),
  number,
  number,
  (b, at) => b.subarray(0, at),
  (b, at, random) => cut(b, at, random.integer(64)),
  (b, at, random) => cut(b, at, 0, b.subarray(at, at + random.integer(64))),
  (b, at, random, seeds) => {
    const other = one(random, seeds);
    const [from, length] = [random.integer(other.length), random.integer(256)];
    return cut(b, at, length, other.subarray(from, from + length));
  },
  digits,
];

/**
 * One to eight changes of a file: bits, bytes, numbers at the edges of their types, cuts, repeats, parts of another
 * file and, of text, other words. Most of what a parser decides on is in the first kilobyte and the last, so most of
 * the changes are.
 */
export function mutate(seeds: readonly Buffer[], random: Random, isText: boolean): Buffer {
  let b = Buffer.from(one(random, seeds));
  const changes = isText ? [...ofBytes, word, word] : ofBytes;
  for (let left = 1 + Math.floor(random.uniform() * random.uniform() * 8); left > 0 && b.length; left--) {
    const where = random.uniform();
    const near = random.integer(Math.min(b.length, 1024));
    const at = where < 0.4 ? near : where < 0.6 ? b.length - 1 - near : random.integer(b.length);
    b = one(random, changes)(b, at, random, seeds) as typeof b;
  }
  return b;
}
