"""
The peer of the benchmark of convolutions: one pass of one convolution in PyTorch, bf16 and channels_last, as autocast
runs it.

Usage: torch_convolutions.py THREADS [cpu|cuda]; every line read from stdin is a task "convolution forward|data|weights
INPUTS OUTPUTS KERNEL STRIDE SIDE IMAGES REPEATS" and is answered with a line of JSON: seconds a call, waiting for the
last. cuDNN chooses its algorithm by measurement. Needs PyTorch alone.
"""
import json
import sys
import time

import torch

torch.set_num_threads(int(sys.argv[1]))
device = sys.argv[2] if len(sys.argv) > 2 else "cpu"
torch.set_default_device(device)
torch.backends.cudnn.benchmark = True


def wait():
    if device == "cuda":
        torch.cuda.synchronize()


def noise(*shape):
    return torch.randn(shape).to(dtype=torch.bfloat16, memory_format=torch.channels_last)


@torch.no_grad()
def seconds(run, inputs, outputs, kernel, stride, side, images, repeats):
    pad = (kernel - 1) // 2
    to = (side + 2 * pad - kernel) // stride + 1
    x, dy, filters = noise(images, inputs, side, side), noise(images, outputs, to, to), noise(outputs, inputs, kernel, kernel)

    def call():
        if run == "forward":
            return torch.conv2d(x, filters, stride=stride, padding=pad)
        wanted = [run == "data", run == "weights", False]
        return torch.ops.aten.convolution_backward(
            dy, x, filters, None, [stride] * 2, [pad] * 2, [1, 1], False, [0, 0], 1, wanted
        )

    for _ in range(2):
        call()
    wait()
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    wait()
    return (time.perf_counter() - start) / repeats


for task in sys.stdin:
    _, run, *sizes = task.split()
    print(json.dumps({"seconds": seconds(run, *map(int, sizes)), "version": torch.__version__}), flush=True)
