import { pickleLiterals } from "./literals.js";
import { PickleReader } from "./reader.js";

/** What a pickle may call. */
export type Callable = (...args: unknown[]) => unknown;

/** What BUILD (Python's `__setstate__`) does to an object that an allowed function made. */
export interface Buildable {
  setState(state: unknown): void;
  /** What APPEND and APPENDS do to one that stands for a list. */
  append?(items: readonly unknown[]): void;
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

const MARK = Symbol("mark");

const isBuildable = (value: unknown): value is Buildable =>
  typeof value === "object" && value !== null && typeof (value as Partial<Buildable>).setState === "function";

/**
 * The stack machine that a pickle is a program for. `unpickle` says what it may do; `pickleLiterals` are the
 * instructions that only push a value.
 */
export class PickleMachine {
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
    const letter = String.fromCharCode(op);
    const literal = pickleLiterals.get(letter);
    if (literal) {
      stack.push(literal(reader));
      return;
    }
    switch (letter) {
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
      // ---- containers
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
    if (Array.isArray(list)) for (const item of items) list.push(item);
    else if (isBuildable(list) && list.append) list.append(items);
    else throw this.reader.failure("appends to what is not a list");
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
    const target = this.top();
    if (!isBuildable(target)) throw this.reader.failure("sets the state of an object that takes none");
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
    // A dictionary takes some hundreds of bytes before anything is in it.
    this.built += (value instanceof Map ? 512 : 16) + size(value);
    if (typeof value === "object" && value !== null && "data" in value) this.built += size(value.data);
    if (this.built > (this.options.maxBytes ?? 2 ** 31))
      throw this.reader.failure(`builds more than ${this.options.maxBytes ?? 2 ** 31} bytes`);
  }
}
