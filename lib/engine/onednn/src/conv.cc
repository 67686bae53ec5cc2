// Convolution forward (with bias and ReLU fused), backward data and backward weights: by oneDNN, or by one of our own
// ways where a shape fits it and it is faster.
#include <algorithm>
#include <map>

#include "conv_choice.h"
#include "onednn_shim.h"
#include "tile_conv.h"
#include "winograd.h"

namespace sky {
namespace {
using dnnl::memory;
using tag = memory::format_tag;
using dt = memory::data_type;

Geometry geometry(const std::vector<int64_t>& v) {
  Geometry g;
  static_assert(sizeof(Geometry) == 17 * sizeof(int64_t), "a list of 17 sizes");
  std::memcpy(&g, v.data(), sizeof g);
  if (g.sh < 1 || g.sw < 1 || g.dh < 1 || g.dw < 1) fail("strides and dilations must be positive");
  return g;
}

enum Pass : int64_t { Forward, BackwardData, BackwardWeights };

struct Plan {
  dnnl::primitive primitive;
  memory::desc src, weights, dst, bias, scratchpad;
};

// Making a primitive compiles code; each shape does it once.
std::map<std::vector<int64_t>, Plan>& plans() {
  static auto* map = new std::map<std::vector<int64_t>, Plan>;
  return *map;
}

Plan& plan(Pass pass, const std::vector<int64_t>& sizes, Type type, bool biased, bool relu) {
  std::vector<int64_t> key = sizes;
  for (int64_t v : {int64_t(pass), int64_t(type), int64_t(biased), int64_t(relu)}) key.push_back(v);
  auto found = plans().find(key);
  if (found != plans().end()) return found->second;
  if (plans().size() > 1024) plans().clear();

  const Geometry g = geometry(sizes);
  const dt t = dnnlType(type);
  shim::ConvShape s;
  s.src = memory::desc({g.n, g.c, g.h, g.w}, t, tag::nhwc);
  s.dst = memory::desc({g.n, g.k, g.oh, g.ow}, t, tag::nhwc);
  s.weights = memory::desc({g.k, g.c, g.kh, g.kw}, t, tag::any);
  if (biased) s.bias = memory::desc({g.k}, dt::f32, tag::x);
  s.strides = {g.sh, g.sw};
  s.dilations = {g.dh - 1, g.dw - 1};
  s.padLeft = {g.top, g.left};
  s.padRight = {g.bottom, g.right};
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (pass == Forward) {
    dnnl::post_ops ops;
    if (relu) shim::appendRelu(ops);
    attr.set_post_ops(ops);
    const auto pd = shim::convForward(engine(), s, attr);
    return plans()[key] = {dnnl::convolution_forward(pd), s.src, pd.weights_desc(), s.dst, s.bias,
                           pd.scratchpad_desc()};
  }
  const auto hint = shim::convForward(engine(), s, dnnl::primitive_attr());
  if (pass == BackwardData) {
    const auto pd = shim::convBackwardData(engine(), s, attr, hint);
    return plans()[key] = {
               dnnl::convolution_backward_data(pd), s.src, pd.weights_desc(), s.dst, {}, pd.scratchpad_desc()};
  }
  s.weights = memory::desc({g.k, g.c, g.kh, g.kw}, dt::f32, tag::any);
  const auto pd = shim::convBackwardWeights(engine(), s, attr, hint);
  return plans()[key] = {
             dnnl::convolution_backward_weights(pd), s.src, pd.diff_weights_desc(), s.dst, {}, pd.scratchpad_desc()};
}

memory::desc plainWeights(const Geometry& g) { return memory::desc({g.k, g.c, g.kh, g.kw}, dt::f32, tag::hwio); }

// An activation in the type the primitive computes in; the converted copy stays with the buffer for the next use.
memory activation(Buffer& b, const memory::desc& want) {
  return packed(b, memory::desc(shim::dimsOf(want), dnnlType(b.type), tag::nhwc), want);
}

void execute(const Plan& p, std::unordered_map<int, memory> args) {
  void* pad = p.scratchpad.get_size() ? scratch(p.scratchpad.get_size()) : nullptr;
  if (pad) args.insert({DNNL_ARG_SCRATCHPAD, memory(p.scratchpad, engine(), pad)});
  p.primitive.execute(stream(), args);
  stream().wait();
}

// An activation in the type of a pass, where our tiles read it.
const void* nhwc(Buffer& b, const std::vector<int64_t>& dims, Type type) {
  return activation(b, memory::desc({dims[0], dims[3], dims[1], dims[2]}, dnnlType(type), tag::nhwc)).get_data_handle();
}

using Way = std::function<void()>;
Way when(bool fits, Way way) { return fits ? std::move(way) : Way(); }

// Runs the fastest of oneDNN's way, that on tiles and Winograd's, which conv_choice.h remembers by these numbers; of
// batches of kWhole images and more by one for all, so that an image's features do not depend on how many others are
// computed with it. Copies of the weights that were made to measure the others are given back.
constexpr int64_t kWhole = 16;  // from here on every way is possible; extract-features.ts fills batches up to it
void runFastest(Pass pass, const std::vector<int64_t>& sizes, Type type, Buffer* weights, const std::vector<Way>& ways) {
  const int64_t possible = std::count_if(ways.begin(), ways.end(), [](const Way& way) { return bool(way); });
  if (possible == 1) return ways[0]();
  std::vector<int64_t> key{int64_t(pass), int64_t(type), possible};
  key.push_back(std::min(sizes[0], kWhole));
  key.insert(key.end(), sizes.begin() + 1, sizes.end());
  key.push_back(threads());
  const size_t packed = weights ? weights->packed.size() : 0, tiles = weights ? weights->tiles.size() : 0;
  const size_t way = fastest(key, ways);
  if (weights) {
    weights->packed.erase(weights->packed.begin() + packed, weights->packed.end());
    weights->tiles.erase(weights->tiles.begin() + tiles, weights->tiles.end());
  }
  ways[way]();
}

// conv2d(x, w, bias | null, y, sizes, relu)
void forward(const Args& a) {
  Buffer &x = a.buffer(0), &w = a.buffer(1), &y = a.buffer(3);
  Buffer* bias = a.optional(2);
  const auto sizes = a.ints(4, 17);
  const Geometry g = geometry(sizes);
  requireCount(x, g.x(), "x");
  requireCount(w, g.weights(), "the filter");
  requireCount(y, g.y(), "the result");
  if (bias) requireCount(*bias, {g.k}, "the bias");
  requireFinite(w, "convolution weights");
  const bool relu = a.number(5) != 0;
  const auto tiles = [&] {
    tileForward(g, y.type, nhwc(x, g.x(), y.type), w, bias ? bias->as<float>() : nullptr, relu, y.block.data());
  };
  const auto onednn = [&] {
    Plan& p = plan(Forward, sizes, y.type, bias != nullptr, relu);
    std::unordered_map<int, memory> args{{DNNL_ARG_SRC, activation(x, p.src)},
                                         {DNNL_ARG_WEIGHTS, packed(w, plainWeights(g), p.weights)},
                                         {DNNL_ARG_DST, memory(p.dst, engine(), y.block.data())}};
    if (bias) args.insert({DNNL_ARG_BIAS, memory(p.bias, engine(), bias->block.data())});
    execute(p, std::move(args));
  };
  const auto winograd = [&] {
    winogradForward(g, y.type, nhwc(x, g.x(), y.type), w, bias ? bias->as<float>() : nullptr, relu, y.block.data());
  };
  runFastest(Forward, sizes, y.type, &w,
             {onednn, when(tileForwardFits(g, y.type), tiles), when(winogradFits(g, y.type), winograd)});
}

// conv2dBackwardData(dy, w, dx, sizes)
void backwardData(const Args& a) {
  Buffer &dy = a.buffer(0), &w = a.buffer(1), &dx = a.buffer(2);
  const auto sizes = a.ints(3, 17);
  const Geometry g = geometry(sizes);
  requireCount(dy, g.y(), "dy");
  requireCount(w, g.weights(), "the filter");
  requireCount(dx, g.x(), "dx");
  const auto tiles = [&] { tileBackwardData(g, dx.type, nhwc(dy, g.y(), dx.type), w, dx.block.data()); };
  const auto onednn = [&] {
    Plan& p = plan(BackwardData, sizes, dx.type, false, false);
    execute(p, {{DNNL_ARG_DIFF_DST, activation(dy, p.dst)},
                {DNNL_ARG_WEIGHTS, packed(w, plainWeights(g), p.weights)},
                {DNNL_ARG_DIFF_SRC, memory(p.src, engine(), dx.block.data())}});
  };
  const auto winograd = [&] { winogradBackwardData(g, dx.type, nhwc(dy, g.y(), dx.type), w, dx.block.data()); };
  runFastest(BackwardData, sizes, dx.type, &w,
             {onednn, when(tileBackwardDataFits(g, dx.type), tiles), when(winogradFits(g, dx.type), winograd)});
}

// conv2dBackwardWeights(x, dy, dw, sizes, type): computed in `type`, stored in f32
void backwardWeights(const Args& a) {
  Buffer &x = a.buffer(0), &dy = a.buffer(1), &dw = a.buffer(2);
  const auto sizes = a.ints(3, 17);
  const Geometry g = geometry(sizes);
  requireCount(x, g.x(), "x");
  requireCount(dy, g.y(), "dy");
  requireCount(dw, g.weights(), "dw");
  if (dw.type != Type::F32) fail("weight gradients are stored in f32");
  const Type type = a.number(4) != 0 ? Type::BF16 : Type::F32;
  const auto tiles = [&] { tileBackwardWeights(g, type, nhwc(x, g.x(), type), nhwc(dy, g.y(), type), dw.as<float>()); };
  const auto onednn = [&] {
    Plan& p = plan(BackwardWeights, sizes, type, false, false);
    const memory::desc plain = plainWeights(g);
    memory result(plain, engine(), dw.block.data());
    Block blocked;
    memory computed = result;
    if (p.weights != plain) {
      blocked = Block(p.weights.get_size());
      computed = memory(p.weights, engine(), blocked.data());
    }
    execute(p, {{DNNL_ARG_SRC, activation(x, p.src)},
                {DNNL_ARG_DIFF_DST, activation(dy, p.dst)},
                {DNNL_ARG_DIFF_WEIGHTS, computed}});
    if (blocked.data()) {
      dnnl::reorder(computed, result).execute(stream(), computed, result);
      stream().wait();
    }
  };
  const auto winograd = [&] {
    winogradBackwardWeights(g, type, nhwc(x, g.x(), type), nhwc(dy, g.y(), type), dw.as<float>());
  };
  runFastest(BackwardWeights, sizes, type, nullptr,
             {onednn, when(tileBackwardWeightsFits(g, type), tiles), when(winogradFits(g, type), winograd)});
}

// rememberConvolutions(path)
void remember(const Napi::CallbackInfo& info) { rememberChoicesIn(info[0].As<Napi::String>()); }
}  // namespace

void addConv(Napi::Env env, Napi::Object exports) {
  exports.Set("rememberConvolutions", Napi::Function::New(env, remember));
  addKernel(env, exports, "conv2d", forward);
  addKernel(env, exports, "conv2dBackwardData", backwardData);
  addKernel(env, exports, "conv2dBackwardWeights", backwardWeights);
}
}  // namespace sky
