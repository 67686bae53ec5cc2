import type { Callable } from "../data/pickle/pickle.js";
import type { FormatName } from "./number-format.js";

/** A type of numbers in PyTorch: bytes of one, and the format it is read in; without one it is not read. */
export interface TorchType {
  name: string;
  size: number;
  format?: FormatName;
}

/** By the name of its storage ("FloatStorage") or of itself ("uint16"), which newer types alone have. */
const types: Record<string, Omit<TorchType, "name">> = {
  DoubleStorage: { size: 8, format: "F64" },
  FloatStorage: { size: 4, format: "F32" },
  HalfStorage: { size: 2, format: "F16" },
  BFloat16Storage: { size: 2, format: "BF16" },
  LongStorage: { size: 8, format: "I64" },
  IntStorage: { size: 4, format: "I32" },
  ShortStorage: { size: 2, format: "I16" },
  CharStorage: { size: 1, format: "I8" },
  ByteStorage: { size: 1, format: "U8" },
  BoolStorage: { size: 1, format: "BOOL" },
  UntypedStorage: { size: 1 },
  ComplexDoubleStorage: { size: 16 },
  ComplexFloatStorage: { size: 8 },
  QInt8Storage: { size: 1 },
  QUInt8Storage: { size: 1 },
  QInt32Storage: { size: 4 },
  QUInt4x2Storage: { size: 1 },
  QUInt2x4Storage: { size: 1 },
  uint16: { size: 2, format: "U16" },
  uint32: { size: 4, format: "U32" },
  uint64: { size: 8, format: "U64" },
  float8_e4m3fn: { size: 1, format: "F8_E4M3" },
  float8_e5m2: { size: 1, format: "F8_E5M2" },
};

/** The type itself is a value in a pickle, never a function to call. */
type Marker = Callable & { readonly torchType: TorchType };

/** What a global that names a storage's class or a type of numbers stands for; undefined for all others. */
export function typeMarker(global: string): Callable | undefined {
  const [, name] =
    /^torch\.(?:storage\.)?(\w+Storage|bool|half|double|(?:q?u?int|long|b?float|complex|bits)\w*)$/.exec(
      global,
    ) ?? [];
  if (name === undefined) return undefined;
  const marker = () => {
    throw new Error(`A pickle calls ${global}, which only names a type.`);
  };
  const known = Object.hasOwn(types, name) ? types[name] : { size: Number.NaN };
  return Object.assign(marker, { torchType: { name, ...known } }) satisfies Marker;
}

/** The type that a value of a pickle names; null where it names none. */
export function torchTypeOf(value: unknown): TorchType | null {
  return typeof value === "function" && "torchType" in value ? (value as Marker).torchType : null;
}
