/**
 * Protocol buffers as far as ONNX needs them written: a message is its fields one after the other, each a key
 * (field number << 3 | wire type) and a value. Wire type 0 is a varint, 2 a length and so many bytes, 5 four bytes.
 */
export type Field = Uint8Array | readonly Field[];

/** A whole number >= 0: seven bits a byte, the lowest first, the top bit set on all but the last. */
export function intField(field: number, value: number): Field {
  return [varint(field * 8), varint(value)];
}

export function floatField(field: number, value: number): Field {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [varint(field * 8 + 5), bytes];
}

export function textField(field: number, text: string): Field {
  return bytesField(field, new TextEncoder().encode(text));
}

export function bytesField(field: number, bytes: Uint8Array): Field {
  return [varint(field * 8 + 2), varint(bytes.length), bytes];
}

/** Whole numbers >= 0, packed behind one another. */
export function intsField(field: number, values: readonly number[]): Field {
  return messageField(field, values.map(varint));
}

/** A message within a message. */
export function messageField(field: number, message: Field): Field {
  return [varint(field * 8 + 2), varint(lengthOf(message)), message];
}

/** The bytes of a message in parts, as they go into a file: large tensors are not copied. */
export function* partsOf(message: Field): Generator<Uint8Array> {
  if (message instanceof Uint8Array) yield message;
  else for (const part of message) yield* partsOf(part);
}

function lengthOf(message: Field): number {
  let sum = 0;
  for (const part of partsOf(message)) sum += part.length;
  return sum;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
