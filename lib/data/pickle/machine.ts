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
    const letter = String.fromCharCode(op);
    const literal = pickleLiterals.get(letter);
    if (literal) {
      this.stack.push(literal(this.reader));
      return;
    }
    const instruction = PickleMachine.instructions[letter];
    // EXT1/2/4 need a registry of the writing program, NEXT_BUFFER a second file.
    if (!instruction)
      throw this.reader.failure(`has an instruction that is not supported (0x${op.toString(16)})`);
    instruction(this);
  }

  /** By the letter of each instruction, in the groups of Python's pickletools. */
  private static readonly instructions: Readonly<Record<string, (m: PickleMachine) => void>> = {
    // ---- protocol, frames, stack
    "\x80": ({ reader }) => {
      if (reader.u8() > 5) throw reader.failure("uses a protocol newer than 5");
    },
    "\x95": ({ reader }) => {
      if (reader.u64() > reader.length - reader.position) throw reader.failure("ends inside a frame");
    },
    "(": (m) => {
      m.marks.push(m.stack.length);
      m.stack.push(MARK);
    },
    "0": (m) => void m.pop(),
    "1": (m) => void m.popMark(),
    "2": (m) => void m.stack.push(m.top()),
    // ---- containers
    t: (m) => void m.stack.push(m.popMark()),
    l: (m) => void m.stack.push(m.popMark()),
    "\x85": (m) => void m.stack.push(m.popMany(1)),
    "\x86": (m) => void m.stack.push(m.popMany(2)),
    "\x87": (m) => void m.stack.push(m.popMany(3)),
    d: (m) => {
      const items = m.popMark();
      m.stack.push(m.setItems(new Map(), items));
    },
    "\x91": (m) => void m.stack.push(new Set(m.popMark())),
    a: (m) => m.append([m.pop()]),
    e: (m) => m.append(m.popMark()),
    s: (m) => void m.setItems(undefined, m.popMany(2)),
    u: (m) => void m.setItems(undefined, m.popMark()),
    "\x90": (m) => {
      const items = m.popMark();
      const set = m.top();
      if (!(set instanceof Set)) throw m.reader.failure("adds an element to what is not a set");
      for (const item of items) set.add(item);
    },
    // ---- memo
    p: (m) => void m.memo.set(Number(m.reader.line()), m.top()),
    q: (m) => void m.memo.set(m.reader.u8(), m.top()),
    r: (m) => void m.memo.set(m.reader.u32(), m.top()),
    "\x94": (m) => void m.memo.set(m.memo.size, m.top()),
    g: (m) => void m.stack.push(m.recall(Number(m.reader.line()))),
    h: (m) => void m.stack.push(m.recall(m.reader.u8())),
    j: (m) => void m.stack.push(m.recall(m.reader.u32())),
    // ---- globals, calls and state: the only door to code
    c: (m) => {
      const module = m.reader.line();
      m.stack.push(m.global(module, m.reader.line()));
    },
    "\x93": (m) => {
      const [module, name] = m.popMany(2);
      m.stack.push(m.global(module, name));
    },
    R: (m) => m.callTop(),
    "\x81": (m) => m.callTop(),
    "\x92": (m) => {
      const [f, args, keywords] = m.popMany(3);
      m.stack.push(m.call(f, [...(Array.isArray(args) ? args : []), keywords]));
    },
    i: (m) => {
      const module = m.reader.line();
      const f = m.global(module, m.reader.line());
      m.stack.push(m.call(f, m.popMark()));
    },
    o: (m) => {
      const [f, ...args] = m.popMark();
      m.stack.push(m.call(f, args));
    },
    b: (m) => m.build(),
    P: (m) => void m.stack.push(m.persistent(m.reader.line())),
    Q: (m) => void m.stack.push(m.persistent(m.pop())),
  };

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

  private callTop(): void {
    const [f, args] = this.popMany(2);
    this.stack.push(this.call(f, args));
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
