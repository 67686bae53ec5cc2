import * as tf from "@tensorflow/tfjs";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { EngineStats } from "../engine-types.js";
import {
  BF16,
  F32,
  type Native,
  type NativeBuffer,
  type Recording,
  type StepArray,
  type Storage,
} from "./native.js";
import { TensorRecord } from "./tensor-record.js";

/** Bytes of values that go to the library at once; fewer wait in JavaScript until a kernel of the library reads them. */
const LARGE = 1 << 20;

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
  /** While true, `kernels` also adds up milliseconds, every kernel is waited for, and no step is replayed. */
  profile = false;
  /** While a step is recorded: the tensors that it uses, and those that it changes in place. */
  private log?: { used: Map<TensorRecord, NativeBuffer>; changed: Set<TensorRecord> };

  constructor(
    readonly native: Native,
    public precision: "f32" | "bf16",
    public threads: number,
  ) {
    super();
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
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
    // A network's weights would else lie in memory twice until their first use, and after it until they are collected.
    if (ArrayBuffer.isView(values) && values.byteLength >= LARGE && !this.log) record.buffer();
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
    const record = this.record(t.dataId);
    const buffer = record.buffer();
    this.log?.used.set(record, buffer);
    return buffer;
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
    const record = this.record(t.dataId);
    record.forgetValues();
    this.log?.changed.add(record);
  }

  /**
   * Catches what `f` asks of the library instead of running it: `f` reads `arrays`, changes tensors in place and
   * returns one number. Only on a library that can record.
   */
  recordStep(f: () => tf.Scalar, arrays: StepArray[]): RecordedStep {
    const { native } = this;
    const log = { used: new Map<TensorRecord, NativeBuffer>(), changed: new Set<TensorRecord>() };
    native.beginRecording!();
    this.log = log;
    let value: tf.Scalar | undefined;
    try {
      value = tf.keep(f());
      const recording = native.endRecording!(arrays);
      // Tensors that came and went within the step are the recording's own affair.
      for (const [record, buffer] of log.used) if (!record.holds(buffer)) log.used.delete(record);
      return new RecordedStep(this, recording, value, log.used, [...log.changed]);
    } catch (error) {
      native.abandonRecording!();
      value?.dispose();
      throw error;
    } finally {
      this.log = undefined;
    }
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

/** A step that was caught once and is run again with other arrays. */
export class RecordedStep {
  constructor(
    readonly backend: NativeBackend,
    private readonly recording: Recording,
    private readonly value: tf.Scalar,
    private readonly used: ReadonlyMap<TensorRecord, NativeBuffer>,
    private readonly changed: readonly TensorRecord[],
  ) {}

  /** False once a tensor that the step uses was freed or replaced: its launches know the old one. */
  fits(): boolean {
    for (const [record, buffer] of this.used) if (!record.holds(buffer)) return false;
    return true;
  }

  /** Starts the step with these arrays; the promise brings its number. */
  async replay(arrays: StepArray[]): Promise<number> {
    const { native } = this.backend;
    native.replay!(this.recording, arrays);
    for (const record of this.changed) record.forgetValues();
    const number = new Float32Array(1);
    await native.downloadLater!(this.backend.buffer(this.value), number);
    return number[0];
  }

  dispose(): void {
    this.backend.native.dropRecording!(this.recording);
    this.value.dispose();
  }
}
