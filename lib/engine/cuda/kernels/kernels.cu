// Everything that the engine launches, as one module.
#include "pack.cu"
#include "product_f32.cu"
#include "batch_norm.cu"
#include "pooling.cu"
#include "elementwise.cu"
#include "reduce.cu"
#include "augment.cu"
#include "optimizer.cu"
