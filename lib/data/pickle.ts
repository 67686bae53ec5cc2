import { PickleReader } from "./pickle-reader.js";

/**
 * Python's pickle format, protocols 0-5, read without executing anything.
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
export type Callable = (...args: unknown[]) => unknown;

/** What BUILD (Python's `__setstate__`) does to an object that an allowed function made. */
export interface Buildable {
  setState(state: unknown): void;
}

export interface UnpickleOptions {
  /** "module.name" -> function called in its place, or a function that finds one. */
  allow: Readonly<Record<string, Callable>> | ((name: string) => Callable | undefined);
  /** Resolves persistent ids (PyTorch's storages); without it they are an error. */
  persistentLoad?: (id: unknown) => unknown;
  /** Bytes that allowed functions may build in all. Default 2 GiB. */
  maxBytes?: number;
  /** Where the pickle came from, for messages. */
  name?: string;
}

/** The object pickled in `bytes`. */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions): unknown {
  return unpickleAt(bytes, 0, options).value;
}

/** The pickle that starts at `offset` of `bytes`, and where it ends: some files hold several, one after another. */
export function unpickleAt(
  bytes: Uint8Array,
  offset: number,
  options: UnpickleOptions,
): { value: unknown; end: number } {
  const machine = new Machine(bytes, offset, options);
  try {
    return { value: machine.run(), end: machine.reader.position };
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError)
      throw machine.reader.failure(`is malformed (${error.message})`);
    throw error;
  }
}

const MARK = Symbol("mark");

class Machine {
  private readonly stack: unknown[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, unknown>();
  readonly reader: PickleReader;
  private readonly known = new Set<unknown>();
  private built = 0;

  constructor(
    bytes: Uint8Array,
    offset: number,
    private readonly options: UnpickleOptions,
  ) {
    this.reader = new PickleReader(bytes, offset, options.name);
  }

  run(): unknown {
    for (;;) {
      const op = this.reader.u8();
      if (op === 0x2e) return this.pop(); // STOP
      this.step(op);
    }
  }

  private step(op: number): void {
    const { stack, reader } = this;
    switch (String.fromCharCode(op)) {
      // ---- protocol, frames, stack
      case "\x80": // PROTO
        if (reader.u8() > 5) throw reader.failure("uses a protocol newer than 5");
        return;
      case "\x95": // FRAME
        if (reader.u64() > reader.length - reader.position) throw reader.failure("ends inside a frame");
        return;
      case "(":
        this.marks.push(stack.length);
        stack.push(MARK);
        return;
      case "0":
        this.pop();
        return;
      case "1":
        this.popMark();
        return;
      case "2":
        stack.push(this.top());
        return;
      // ---- constants
      case "N":
        stack.push(null);
        return;
      case "\x88":
        stack.push(true);
        return;
      case "\x89":
        stack.push(false);
        return;
      case "K":
        stack.push(reader.u8());
        return;
      case "M":
        stack.push(reader.u16());
        return;
      case "J":
        stack.push(reader.i32());
        return;
      case "I": {
        const text = reader.line();
        stack.push(text === "01" ? true : text === "00" ? false : reader.integer(text));
        return;
      }
      case "L":
        stack.push(reader.integer(reader.line().replace(/L$/, "")));
        return;
      case "\x8a":
        stack.push(reader.long(reader.u8()));
        return;
      case "\x8b":
        stack.push(reader.long(reader.u32()));
        return;
      case "F":
        stack.push(Number(reader.line().replace("inf", "Infinity")));
        return;
      case "G":
        stack.push(reader.f64());
        return;
      // ---- strings and bytes
      case "S":
        stack.push(reader.quoted());
        return;
      case "V":
        stack.push(reader.escaped());
        return;
      case "T":
        stack.push(reader.oldText(reader.u32()));
        return;
      case "U":
        stack.push(reader.oldText(reader.u8()));
        return;
      case "X":
        stack.push(reader.text(reader.u32()));
        return;
      case "\x8c":
        stack.push(reader.text(reader.u8()));
        return;
      case "\x8d":
        stack.push(reader.text(reader.u64()));
        return;
      case "B":
        stack.push(reader.data(reader.u32()));
        return;
      case "C":
        stack.push(reader.data(reader.u8()));
        return;
      case "\x8e":
      case "\x96":
        stack.push(reader.data(reader.u64()));
        return;
      // ---- containers
      case ")":
      case "]":
        stack.push([]);
        return;
      case "}":
        stack.push(new Map());
        return;
      case "\x8f":
        stack.push(new Set());
        return;
      case "t":
      case "l":
        stack.push(this.popMark());
        return;
      case "\x85":
      case "\x86":
      case "\x87":
        stack.push(this.popMany(op - 0x84));
        return;
      case "d": {
        const items = this.popMark();
        stack.push(this.setItems(new Map(), items));
        return;
      }
      case "\x91":
        stack.push(new Set(this.popMark()));
        return;
      case "a": {
        const item = this.pop();
        this.append([item]);
        return;
      }
      case "e":
        this.append(this.popMark());
        return;
      case "s":
        this.setItems(undefined, this.popMany(2));
        return;
      case "u":
        this.setItems(undefined, this.popMark());
        return;
      case "\x90": {
        const items = this.popMark();
        const set = this.top();
        if (!(set instanceof Set)) throw reader.failure("adds an element to what is not a set");
        for (const item of items) set.add(item);
        return;
      }
      // ---- memo
      case "p":
        this.memo.set(Number(reader.line()), this.top());
        return;
      case "q":
        this.memo.set(reader.u8(), this.top());
        return;
      case "r":
        this.memo.set(reader.u32(), this.top());
        return;
      case "\x94":
        this.memo.set(this.memo.size, this.top());
        return;
      case "g":
        stack.push(this.recall(Number(reader.line())));
        return;
      case "h":
        stack.push(this.recall(reader.u8()));
        return;
      case "j":
        stack.push(this.recall(reader.u32()));
        return;
      // ---- globals, calls and state: the only door to code
      case "c": {
        const module = reader.line();
        stack.push(this.global(module, reader.line()));
        return;
      }
      case "\x93": {
        const [module, name] = this.popMany(2);
        stack.push(this.global(module, name));
        return;
      }
      case "R":
      case "\x81": {
        const [f, args] = this.popMany(2);
        stack.push(this.call(f, args));
        return;
      }
      case "\x92": {
        const [f, args, keywords] = this.popMany(3);
        stack.push(this.call(f, [...(Array.isArray(args) ? args : []), keywords]));
        return;
      }
      case "i": {
        const module = reader.line();
        const f = this.global(module, reader.line());
        stack.push(this.call(f, this.popMark()));
        return;
      }
      case "o": {
        const [f, ...args] = this.popMark();
        stack.push(this.call(f, args));
        return;
      }
      case "b":
        this.build();
        return;
      case "P":
        stack.push(this.persistent(reader.line()));
        return;
      case "Q":
        stack.push(this.persistent(this.pop()));
        return;
      default: // EXT1/2/4 need a registry of the writing program, NEXT_BUFFER a second file
        throw reader.failure(`has an instruction that is not supported (0x${op.toString(16)})`);
    }
  }

  // ---- the stack ---------------------------------------------------------------------------------------------

  private top(): unknown {
    const value = this.stack[this.stack.length - 1];
    if (this.stack.length === 0 || value === MARK) throw this.reader.failure("takes from an empty stack");
    return value;
  }

  private pop(): unknown {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  private popMany(n: number): unknown[] {
    const values = Array.from({ length: n }, () => this.pop());
    return values.reverse();
  }

  private popMark(): unknown[] {
    const at = this.marks.pop();
    if (at === undefined) throw this.reader.failure("closes a group that was never opened");
    const values = this.stack.splice(at);
    values.shift();
    return values;
  }

  private recall(index: number): unknown {
    if (!this.memo.has(index)) throw this.reader.failure(`recalls object ${index}, which it never stored`);
    return this.memo.get(index);
  }

  private append(items: unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.reader.failure("appends to what is not a list");
    for (const item of items) list.push(item);
  }

  private setItems(into: Map<unknown, unknown> | undefined, items: unknown[]): Map<unknown, unknown> {
    const map = into ?? this.top();
    if (!(map instanceof Map)) throw this.reader.failure("sets a key of what is not a dictionary");
    for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i], items[i + 1]);
    return map;
  }

  // ---- globals and calls -------------------------------------------------------------------------------------

  private global(module: unknown, name: unknown): Callable {
    const full = `${module}.${name}`;
    const { allow } = this.options;
    const f =
      typeof allow === "function" ? allow(full) : Object.hasOwn(allow, full) ? allow[full] : undefined;
    if (!f)
      throw this.reader.failure(
        `asks for ${JSON.stringify(full.slice(0, 200))}, which is not among the names that may be used; it was not run`,
      );
    this.known.add(f);
    return f;
  }

  private call(f: unknown, args: unknown): unknown {
    if (!this.known.has(f) || !Array.isArray(args))
      throw this.reader.failure("calls what is not an allowed function");
    if (args.length > 1000) throw this.reader.failure(`calls a function with ${args.length} arguments`);
    const value = (f as Callable)(...args);
    this.count(value);
    return value;
  }

  private build(): void {
    const state = this.pop();
    const target = this.top() as Partial<Buildable> | null;
    if (typeof target !== "object" || target === null || typeof target.setState !== "function")
      throw this.reader.failure("sets the state of an object that takes none");
    target.setState(state);
    this.count(target);
  }

  private persistent(id: unknown): unknown {
    if (!this.options.persistentLoad) throw this.reader.failure("refers to data outside itself");
    return this.options.persistentLoad(id);
  }

  private count(value: unknown): void {
    const size = (v: unknown): number =>
      ArrayBuffer.isView(v) ? v.byteLength : typeof v === "string" ? v.length : 0;
    this.built += 16 + size(value);
    if (typeof value === "object" && value !== null && "data" in value) this.built += size(value.data);
    if (this.built > (this.options.maxBytes ?? 2 ** 31))
      throw this.reader.failure(`builds more than ${this.options.maxBytes ?? 2 ** 31} bytes`);
  }
}
