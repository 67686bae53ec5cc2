import { atomicWrite } from "../files/atomic-write.js";
import { BATCH_NORM_EPSILON } from "./batch-norm.js";
import type { TensorMap } from "./host-tensor.js";
import { inputInWords } from "./imagenet-input.js";
import {
  bytesField,
  type Field,
  floatField,
  intField,
  intsField,
  messageField,
  partsOf,
  textField,
} from "./protobuf.js";
import type { ResNet18 } from "./resnet18.js";

/** Operators as of ONNX 1.12 (2022), which every runtime of today knows. */
const OPSET = 17;
const IR_VERSION = 8;
const FLOAT = 1;

/**
 * The network in evaluation mode as an ONNX model: `images` [n, 3, height, width] in f32, values / 255 normalised with
 * ImageNet's mean and std as `extractFeatures` does it, to `features` [n, 512]. Batch, height and width are free. The
 * weights stand in it under torchvision's names; `card` goes into the model's metadata, beside the preprocessing.
 */
export async function saveOnnx(
  net: ResNet18,
  path: string,
  card: Readonly<Record<string, string>> = {},
): Promise<void> {
  const tensors = await net.parameters.export();
  const model = onnxModel(tensors, net.blockNames(), net.featureSize, {
    preprocessing: `${inputInWords}, NCHW`,
    ...card,
  });
  await atomicWrite(path, async (file) => {
    for (const part of partsOf(model)) await file.writeFile(part);
  });
}

/** ModelProto (onnx.proto3): version, producer, operators, metadata and the graph. */
function onnxModel(
  tensors: TensorMap,
  blocks: readonly string[],
  featureSize: number,
  metadata: Readonly<Record<string, string>>,
): Field {
  const notes = Object.entries(metadata).map(([key, value]) =>
    messageField(14, [textField(1, key), textField(2, value)]),
  );
  return [
    intField(1, IR_VERSION),
    textField(2, "latent-sky"),
    messageField(7, graph(tensors, blocks, featureSize)),
    messageField(8, [textField(1, ""), intField(2, OPSET)]),
    ...notes,
  ];
}

function graph(tensors: TensorMap, blocks: readonly string[], featureSize: number): Field {
  const nodes: Field[] = [];
  const add = (operator: string, inputs: string[], output: string, attributes: Field[] = []) => {
    nodes.push(
      messageField(1, [
        ...inputs.map((name) => textField(1, name)),
        textField(2, output),
        textField(3, output),
        textField(4, operator),
        ...attributes.map((attribute) => messageField(5, attribute)),
      ]),
    );
    return output;
  };
  const norm = (conv: string, layer: string, input: string, stride: number, pad: number) => {
    const size = tensors.get(`${conv}.weight`)!.shape[2];
    const window = [ints("kernel_shape", [size, size]), ints("strides", [stride, stride])];
    const y = add("Conv", [input, `${conv}.weight`], conv, [...window, ints("pads", [pad, pad, pad, pad])]);
    const own = ["weight", "bias", "running_mean", "running_var"].map((name) => `${layer}.${name}`);
    return add("BatchNormalization", [y, ...own], layer, [float("epsilon", BATCH_NORM_EPSILON)]);
  };
  const relu = (input: string) => add("Relu", [input], `${input}.relu`);
  let y = relu(norm("conv1", "bn1", "images", 2, 3));
  y = add("MaxPool", [y], "maxpool", [
    ints("kernel_shape", [3, 3]),
    ints("strides", [2, 2]),
    ints("pads", [1, 1, 1, 1]),
  ]);
  for (const block of blocks) {
    // The first block of layers 2 to 4 halves the image, as `ResNet18` has it.
    const stride = /^layer[234]\.0$/.test(block) ? 2 : 1;
    const shortcut = tensors.has(`${block}.downsample.0.weight`)
      ? norm(`${block}.downsample.0`, `${block}.downsample.1`, y, stride, 0)
      : y;
    const inner = relu(norm(`${block}.conv1`, `${block}.bn1`, y, stride, 1));
    const sum = add("Add", [norm(`${block}.conv2`, `${block}.bn2`, inner, 1, 1), shortcut], block);
    y = relu(sum);
  }
  y = add("GlobalAveragePool", [y], "avgpool");
  add("Flatten", [y], "features", [int("axis", 1)]);
  return [
    ...nodes,
    textField(2, "resnet18"),
    ...[...tensors].map(([name, tensor]) => messageField(5, initializer(name, tensor.shape, tensor.data))),
    messageField(11, value("images", ["n", 3, "height", "width"])),
    messageField(12, value("features", ["n", featureSize])),
  ];
}

/** TensorProto: dims, type, name and the numbers as they lie in memory (little-endian, as ONNX has them). */
function initializer(name: string, shape: readonly number[], data: Float32Array): Field {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [intsField(1, shape), intField(2, FLOAT), textField(8, name), bytesField(9, bytes)];
}

/** ValueInfoProto: a float tensor whose dimensions are numbers or names. */
function value(name: string, shape: readonly (number | string)[]): Field {
  const dims = shape.map((d) => messageField(1, typeof d === "number" ? intField(1, d) : textField(2, d)));
  return [textField(1, name), messageField(2, messageField(1, [intField(1, FLOAT), messageField(2, dims)]))];
}

// AttributeProto, with its type as number: FLOAT 1, INT 2, INTS 7.
const float = (name: string, x: number): Field => [textField(1, name), floatField(2, x), intField(20, 1)];
const int = (name: string, x: number): Field => [textField(1, name), intField(3, x), intField(20, 2)];
const ints = (name: string, x: readonly number[]): Field => [
  textField(1, name),
  ...x.map((v) => intField(8, v)),
  intField(20, 7),
];
