import * as tf from "@tensorflow/tfjs";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { EngineStats } from "../engine-types.js";
import { BF16, F32, type Native, type NativeBuffer, type Storage } from "./native.js";

/**
 * The tfjs backend over a native library. A tensor's values live in a native buffer (f32, or bf16 for activations when the
 * precision is bf16; tfjs sees float32 either way), or in a JS array until the first kernel needs them, or both.
 *
 * It extends tfjs' JavaScript backend, whose kernels read `record.values`: that property is computed on demand
 * here, so every kernel without a native version still works, only slowly, and is counted in `stats().fallbacks`.
 */
export class NativeBackend extends MathBackendCPU {
  readonly fallbacks: Record<string, number> = {};
  readonly kernels: Record<string, { calls: number; ms: number }> = {};
  /** While true, `kernels` also adds up milliseconds. */
  profile = false;

  constructor(
    readonly native: Native,
    public precision: "f32" | "bf16",
    public threads: number,
  ) {
    super();
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.data.set(
      dataId,
      new TensorRecord(this.native, dtype, tf.util.sizeFromShape(shape), values) as never,
    );
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    const record = new TensorRecord(this.native, dtype, tf.util.sizeFromShape(shape), values);
    record.refCount = refCount;
    this.data.set(dataId, record as never);
  }

  override disposeData(dataId: object, force = false): boolean {
    const record = this.data.has(dataId) ? this.record(dataId) : undefined;
    const gone = super.disposeData(dataId, force);
    if (gone) record?.free();
    return gone;
  }

  override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return (await this.record(dataId).later()) ?? this.readSync(dataId);
  }

  /** The storage of rank-4 results: what the convolutional part of a network passes along. */
  get activation(): Storage {
    return this.precision === "bf16" ? BF16 : F32;
  }

  /** The native buffer behind a tensor, uploaded now if it has only been in JS so far. */
  buffer(t: tf.TensorInfo): NativeBuffer {
    return this.record(t.dataId).buffer();
  }

  storage(t: tf.TensorInfo): Storage {
    return this.record(t.dataId).storage;
  }

  /** A new tensor with its buffer, for a kernel to fill. */
  make(shape: number[], storage: Storage = F32, dtype: tf.DataType = "float32"): Made {
    const size = tf.util.sizeFromShape(shape);
    const buffer = this.native.alloc(size, storage);
    const dataId = {};
    this.data.set(dataId, new TensorRecord(this.native, dtype, size, undefined, buffer, storage) as never);
    return { dataId, shape, dtype, buffer };
  }

  /** `t` in the wanted storage: its own buffer, or a converted one that is freed by `done`. */
  as(t: tf.TensorInfo, storage: Storage): { buffer: NativeBuffer; done(): void } {
    const buffer = this.buffer(t);
    if (this.storage(t) === storage) return { buffer, done() {} };
    const converted = this.native.alloc(tf.util.sizeFromShape(t.shape), storage);
    this.native.convert(buffer, converted);
    return { buffer: converted, done: () => this.native.free(converted) };
  }

  /** To be called on tensors that a kernel has changed in place. */
  changed(t: tf.TensorInfo): void {
    this.record(t.dataId).forgetValues();
  }

  stats(): EngineStats {
    const { native, pooled, peak } = this.native.memoryStats();
    return {
      fallbacks: { ...this.fallbacks },
      kernels: structuredClone(this.kernels),
      bytes: { tensors: tf.memory().numBytes, native, pooled, peak },
    };
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: false, reasons: [] };
  }

  private record(dataId: object): TensorRecord {
    // DataStorage would ask tfjs to move the data here, which fails obscurely for a tensor that is gone.
    if (!this.data.has(dataId) && tf.engine().backend === this && !known(dataId)) {
      throw new Error("a tensor passed in was already disposed");
    }
    return this.data.get(dataId) as unknown as TensorRecord;
  }
}

export interface Made extends tf.TensorInfo {
  buffer: NativeBuffer;
}

function known(dataId: object): boolean {
  const state = tf.engine().state as unknown as { tensorInfo: WeakMap<object, unknown> };
  return state.tensorInfo.has(dataId);
}

/** What the backend keeps for one DataId; `values` and `refCount` are the names tfjs' own kernels use. */
class TensorRecord {
  refCount = 1;
  private changes = 0;
  complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo };

  constructor(
    private readonly native: Native,
    public dtype: tf.DataType,
    private readonly size: number,
    private cached?: tf.backend_util.BackendValues,
    private held?: NativeBuffer,
    readonly storage: Storage = F32,
  ) {}

  get values(): tf.backend_util.BackendValues | undefined {
    if (!this.cached && this.held) {
      const Values = this.dtype === "int32" ? Int32Array : this.dtype === "bool" ? Uint8Array : Float32Array;
      const values = new Values(this.size);
      this.native.download(this.held, values);
      this.cached = values;
    }
    return this.cached;
  }

  /** The values without stopping JavaScript meanwhile; null where they are at hand or the library has no such way. */
  async later(): Promise<Float32Array | null> {
    const { held, changes } = this;
    if (this.cached || !held || this.dtype !== "float32" || !this.native.downloadLater) return null;
    const values = new Float32Array(this.size);
    await this.native.downloadLater(held, values);
    if (this.held === held && this.changes === changes) this.cached = values;
    return values;
  }

  buffer(): NativeBuffer {
    if (this.held) return this.held;
    if (!this.cached || this.dtype === "string" || this.dtype === "complex64") {
      throw new Error(`a ${this.dtype} tensor has no native form`);
    }
    const values = this.cached as tf.TypedArray | number[];
    this.held = this.native.alloc(this.size, this.storage);
    this.native.upload(
      this.held,
      ArrayBuffer.isView(values) ? (values as Float32Array) : Float32Array.from(values),
    );
    this.cached = undefined; // one copy is enough; a reader gets it back from the buffer
    return this.held;
  }

  forgetValues(): void {
    this.changes++;
    this.cached = undefined;
  }

  free(): void {
    if (this.held) this.native.free(this.held);
    this.held = undefined;
    this.cached = undefined;
  }
}
