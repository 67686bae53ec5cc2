import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { adamScalars } from "../../lib/engine/ops/adam-step.js";
import { ByolNetworks } from "../../lib/nn/byol-networks.js";
import { ByolOptimiser } from "../../lib/nn/byol-optimiser.js";
import { fillByFormula, formulaImages } from "./formula.js";
import { tiny } from "./tiny-training.js";

before(async () => {
  await tf.setBackend("cpu");
});

const made = () => new ByolNetworks(tiny(), { hiddenSize: 4, projectionSize: 3 }, 0);

test("the target begins as a copy of the encoder and of its projector, whatever was done to them", async () => {
  const networks = made();
  fillByFormula(networks.encoder.parameters, networks.projector.parameters);
  await networks.copyToTarget();
  const all = await networks.export();
  for (const [name, tensor] of all)
    if (name.startsWith("target."))
      assert.deepEqual(tensor, all.get(name.replace("target.", "online.")), name);
});

test("a step that failed leaves no trace in the running statistics of the next", async () => {
  const step = async (fails: boolean) => {
    const networks = made();
    await networks.copyToTarget();
    const optimiser = new ByolOptimiser(networks, { learningRate: 1e-3, tau: 0.9 });
    optimiser.step = 1;
    const update = (salt: number) => {
      const views = tf.concat([formulaImages(2, 16, salt), formulaImages(2, 16, salt + 1)]);
      return optimiser.update(views, adamScalars({ learningRate: 1e-3, step: 1 }));
    };
    if (fails) {
      const loss = networks.loss;
      networks.loss = (views, z) => {
        loss.call(networks, views, z);
        throw new Error("no memory");
      };
      assert.throws(() => update(50), /no memory/);
      networks.loss = loss;
    }
    update(10);
    return networks.export();
  };
  assert.deepEqual(await step(true), await step(false));
});
