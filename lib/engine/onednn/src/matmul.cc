// Batched matrix products with either side transposed, bias and ReLU fused, by oneDNN in f32.
#include <map>

#include "common.h"
#include "onednn_shim.h"

namespace sky {
namespace {
using dnnl::memory;
using dt = memory::data_type;

struct Plan {
  dnnl::primitive primitive;
  memory::desc a, b, bias, c, scratchpad;
};

// Row-major [batch, rows, columns], read as its transpose where asked; batch 1 is repeated.
memory::desc matrix(int64_t batch, int64_t rows, int64_t columns, bool transposed) {
  if (transposed) return memory::desc({batch, rows, columns}, dt::f32, memory::dims{rows * columns, 1, rows});
  return memory::desc({batch, rows, columns}, dt::f32, memory::dims{rows * columns, columns, 1});
}

// sizes: batchA, batchB, m, k, n, transposeA, transposeB
Plan& plan(const std::vector<int64_t>& sizes, bool biased, bool relu) {
  static auto* plans = new std::map<std::vector<int64_t>, Plan>;
  std::vector<int64_t> key = sizes;
  key.push_back(biased);
  key.push_back(relu);
  auto found = plans->find(key);
  if (found != plans->end()) return found->second;
  if (plans->size() > 1024) plans->clear();
  const int64_t m = sizes[2], k = sizes[3], n = sizes[4];
  Plan p;
  p.a = matrix(sizes[0], m, k, sizes[5] != 0);
  p.b = matrix(sizes[1], k, n, sizes[6] != 0);
  p.c = matrix(std::max(sizes[0], sizes[1]), m, n, false);
  if (biased) p.bias = memory::desc({1, 1, n}, dt::f32, memory::dims{n, n, 1});
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (relu) {
    dnnl::post_ops ops;
    shim::appendRelu(ops);
    attr.set_post_ops(ops);
  }
  const auto pd = shim::matMul(engine(), p.a, p.b, p.bias, p.c, attr);
  p.primitive = dnnl::matmul(pd);
  p.scratchpad = pd.scratchpad_desc();
  return (*plans)[key] = p;
}

// matMul(a, b, bias | null, c, sizes, relu)
void matMul(const Args& args) {
  Buffer &a = args.buffer(0), &b = args.buffer(1), &c = args.buffer(3);
  Buffer* bias = args.optional(2);
  const auto sizes = args.ints(4, 7);
  const int64_t m = sizes[2], k = sizes[3], n = sizes[4];
  requireCount(a, {sizes[0], m, k}, "a");
  requireCount(b, {sizes[1], k, n}, "b");
  requireCount(c, {std::max(sizes[0], sizes[1]), m, n}, "the product");
  if (bias) requireCount(*bias, {n}, "the bias");
  if (c.type != Type::F32) fail("products are stored in f32");
  Plan& p = plan(sizes, bias != nullptr, args.number(5) != 0);
  auto operand = [](Buffer& x, const memory::desc& want) {
    const memory::dims flat{int64_t(x.count)};
    const memory::desc have(flat, dnnlType(x.type), memory::dims{1}), f32(flat, dt::f32, memory::dims{1});
    return memory(want, engine(), packed(x, have, f32).get_data_handle());
  };
  std::unordered_map<int, memory> map{{DNNL_ARG_SRC, operand(a, p.a)},
                                      {DNNL_ARG_WEIGHTS, operand(b, p.b)},
                                      {DNNL_ARG_DST, memory(p.c, engine(), c.block.data())}};
  if (bias) map.insert({DNNL_ARG_BIAS, memory(p.bias, engine(), bias->block.data())});
  if (p.scratchpad.get_size()) {
    map.insert({DNNL_ARG_SCRATCHPAD, memory(p.scratchpad, engine(), scratch(p.scratchpad.get_size()))});
  }
  p.primitive.execute(stream(), map);
  stream().wait();
}
}  // namespace

void addMatMul(Napi::Env env, Napi::Object exports) { addKernel(env, exports, "matMul", matMul); }
}  // namespace sky
