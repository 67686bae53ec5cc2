import type * as tf from "@tensorflow/tfjs";
import { F32, type Native, type NativeBuffer, type Storage } from "./native.js";

/** What the backend keeps for one DataId; `values` and `refCount` are the names tfjs' own kernels use. */
export class TensorRecord {
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

  /** Whether the tensor's values still lie in this buffer. */
  holds(buffer: NativeBuffer): boolean {
    return this.held === buffer;
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
