import * as tf from "@tensorflow/tfjs";
import { resnet18 } from "../../lib/nn/resnet18.js";
import { saveOnnx } from "../../lib/nn/save-onnx.js";
import { fillByFormula } from "./formula.js";

/** A narrow ResNet-18 of the formula's weights as ONNX: for test/reference/saved-onnx.py, and for its test. */
export async function writeFormulaOnnx(path: string) {
  const net = resnet18({ width: 2 });
  fillByFormula(net.parameters);
  await saveOnnx(net, path, { "trained on": "nothing: a formula" });
  return net;
}

if (process.argv[2]?.endsWith(".onnx")) {
  await tf.setBackend("cpu");
  await writeFormulaOnnx(process.argv[2]);
}
