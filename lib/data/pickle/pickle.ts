import { PickleMachine, type UnpickleOptions } from "./machine.js";

export type { Buildable, Callable, UnpickleOptions } from "./machine.js";

/**
 * The object pickled in `bytes`, protocols 0-5, read without executing anything.
 *
 * A pickle is a program for a small stack machine, and its GLOBAL/REDUCE instructions may call any importable
 * function: that is how a file runs code in Python. Here a global resolves only to the functions of `allow`, keyed
 * "module.name"; any other is an error that names it. Nothing is imported, and nothing inherited (such as
 * "__proto__") counts as allowed.
 *
 * Python -> JavaScript: dict -> Map, list and tuple -> Array, set -> Set, str -> string, bytes -> Uint8Array
 * (a copy), None -> null, int -> number or, past 2^53, bigint. Python 2's 8-bit `str` becomes a string of the same
 * bytes (latin-1), as `encoding="latin1"` does in Python. A tuple used as a dictionary key is compared by identity.
 *
 * Memory is bounded: every instruction makes at most one object of the size of its own operand, so the result is
 * of the order of the file, and what allowed functions build on top (arrays) is counted against `maxBytes`.
 */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions): unknown {
  return unpickleAt(bytes, 0, options).value;
}

/** The pickle that starts at `offset` of `bytes`, and where it ends: some files hold several, one after another. */
export function unpickleAt(
  bytes: Uint8Array,
  offset: number,
  options: UnpickleOptions,
): { value: unknown; end: number } {
  const machine = new PickleMachine(bytes, offset, options);
  try {
    return { value: machine.run(), end: machine.reader.position };
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError)
      throw machine.reader.failure("is malformed: its instructions do not fit one another");
    throw error;
  }
}
