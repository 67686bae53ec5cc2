import { setTimeout as sleep } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { trainByol } from "../../lib/nn/train-byol.js";
import { small, stackOf, tiny } from "./tiny-training.js";

/** Trains as the test beside it does, says where it is, and in epoch 3 waits for the end it will be given. */
async function main(folder: string): Promise<void> {
  await tf.setBackend("cpu");
  const stack = stackOf(10, 16);
  const read = stack.read.bind(stack);
  let epoch = 0;
  stack.read = async (indices) => {
    if (epoch === 3) await sleep(60_000);
    return read(indices);
  };
  const onProgress = ({ note }: { note?: string }) => {
    epoch = Number(/epoch (\d+)/.exec(note ?? "")?.[1]);
    process.stdout.write(`${note}\n`);
  };
  for await (const _ of trainByol(tiny(), stack, {
    ...small,
    epochs: 4,
    checkpoint: { folder },
    onProgress,
  }));
}

main(process.argv[2]);
