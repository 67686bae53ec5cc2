import type { Buildable } from "../data/pickle/pickle.js";

/**
 * An object of a class that is not known here: a layer, a trainer's callback, a date. It is built without running
 * anything: what it was called with is forgotten, what it holds is kept, for tensors may be among it.
 */
export class Inert extends Map<unknown, unknown> implements Buildable {
  /** Attributes, as `__setstate__` would have got them. */
  readonly attributes = new Map<unknown, unknown>();
  /** Items of a subclass of list. */
  readonly items: unknown[] = [];

  setState(state: unknown): void {
    // Classes with slots hand over a pair of dictionaries.
    for (const part of Array.isArray(state) ? state : [state])
      if (part instanceof Map) for (const [key, value] of part) this.attributes.set(key, value);
  }

  append(items: readonly unknown[]): void {
    for (const item of items) this.items.push(item);
  }
}

/**
 * What an object holds, by name: a module's parameters, buffers and children under their own names, as `state_dict()`
 * gives them; of a TorchScript object, which has no such dictionaries, its attributes; of a list, its items by number.
 */
export function contents(value: unknown): Iterable<[name: string, value: unknown]> {
  if (Array.isArray(value)) return value.map((item, i): [string, unknown] => [String(i), item]);
  if (!(value instanceof Map)) return [];
  const items = [...value].map(([key, item]): [string, unknown] => [String(key), item]);
  if (!(value instanceof Inert)) return items;
  const { attributes } = value;
  const parts = ["_parameters", "_buffers", "_modules"].flatMap((key) => {
    const part = attributes.get(key);
    return part instanceof Map ? [part as Map<unknown, unknown>] : [];
  });
  const named = parts.length > 0 ? parts : [attributes];
  return [
    ...items,
    ...value.items.map((item, i): [string, unknown] => [String(i), item]),
    ...named.flatMap((part) => [...part].map(([key, item]): [string, unknown] => [String(key), item])),
  ];
}
