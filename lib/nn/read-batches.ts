import type { ImageStack } from "../data/images/image.js";
import { hostMemory } from "../engine/host-memory.js";

/** One batch is worked on, the one before may still be under way on a GPU, and the next is being read. */
const BUFFERS = 3;

/**
 * The images of each batch in turn, [n, height, width, channels]; the next batch is read while one is worked on. All
 * batches lie in the same three buffers, however long the epoch: what was handed out is good until the next batch but
 * one is asked for. When the iteration ends, early or not, no read is under way.
 */
export async function* readBatches(
  stack: ImageStack,
  batches: readonly ArrayLike<number>[],
): AsyncGenerator<Uint8Array, void, void> {
  const each = stack.height * stack.width * stack.channels;
  const largest = each * batches.reduce((most, { length }) => Math.max(most, length), 0);
  const buffers: Uint8Array[] = [];
  const read = async (k: number) => {
    buffers[k % BUFFERS] ??= hostMemory(largest);
    return stack.read(batches[k], buffers[k % BUFFERS].subarray(0, batches[k].length * each));
  };
  let next: Promise<Uint8Array> | null = null;
  try {
    for (let k = 0; k < batches.length; k++) {
      const images = await (next ?? read(k));
      next = k + 1 < batches.length ? read(k + 1) : null;
      // A failure shows when this is awaited in its turn; until then it must not count as unhandled.
      next?.catch(() => {});
      yield images;
    }
  } finally {
    await next?.catch(() => {});
  }
}
