// The few calls that oneDNN 2.x and 3.x spell differently. 2.6.3 and 3.7.2 are what this is tested with.
#pragma once
#include <dnnl.hpp>

namespace sky::shim {
using dnnl::algorithm;
using dnnl::memory;
using dnnl::primitive_attr;

struct ConvShape {
  memory::desc src, weights, bias, dst;  // an empty bias means none
  memory::dims strides, dilations, padLeft, padRight;
};

inline memory::dims dimsOf(const memory::desc& d) {
#if DNNL_VERSION_MAJOR >= 3
  return d.get_dims();
#else
  return d.dims();
#endif
}

inline void appendRelu(dnnl::post_ops& ops) {
#if DNNL_VERSION_MAJOR >= 3
  ops.append_eltwise(algorithm::eltwise_relu, 0.f, 0.f);
#else
  ops.append_eltwise(1.f, algorithm::eltwise_relu, 0.f, 0.f);
#endif
}

inline auto convForward(const dnnl::engine& e, const ConvShape& s, const primitive_attr& attr) {
  constexpr auto kind = dnnl::prop_kind::forward_training;
  constexpr auto how = algorithm::convolution_direct;
  const bool biased = s.bias.get_size() > 0;
#if DNNL_VERSION_MAJOR >= 3
  return biased ? dnnl::convolution_forward::primitive_desc(e, kind, how, s.src, s.weights, s.bias, s.dst, s.strides,
                                                            s.dilations, s.padLeft, s.padRight, attr)
                : dnnl::convolution_forward::primitive_desc(e, kind, how, s.src, s.weights, s.dst, s.strides,
                                                            s.dilations, s.padLeft, s.padRight, attr);
#else
  using Desc = dnnl::convolution_forward::desc;
  const Desc desc =
      biased ? Desc(kind, how, s.src, s.weights, s.bias, s.dst, s.strides, s.dilations, s.padLeft, s.padRight)
             : Desc(kind, how, s.src, s.weights, s.dst, s.strides, s.dilations, s.padLeft, s.padRight);
  return dnnl::convolution_forward::primitive_desc(desc, attr, e);
#endif
}

inline auto convBackwardData(const dnnl::engine& e, const ConvShape& s, const primitive_attr& attr,
                             const dnnl::convolution_forward::primitive_desc& hint) {
  constexpr auto how = algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return dnnl::convolution_backward_data::primitive_desc(e, how, s.src, s.weights, s.dst, s.strides, s.dilations,
                                                         s.padLeft, s.padRight, hint, attr);
#else
  const dnnl::convolution_backward_data::desc desc(how, s.src, s.weights, s.dst, s.strides, s.dilations, s.padLeft,
                                                   s.padRight);
  return dnnl::convolution_backward_data::primitive_desc(desc, attr, e, hint);
#endif
}

inline auto convBackwardWeights(const dnnl::engine& e, const ConvShape& s, const primitive_attr& attr,
                                const dnnl::convolution_forward::primitive_desc& hint) {
  constexpr auto how = algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return dnnl::convolution_backward_weights::primitive_desc(e, how, s.src, s.weights, s.dst, s.strides, s.dilations,
                                                            s.padLeft, s.padRight, hint, attr);
#else
  const dnnl::convolution_backward_weights::desc desc(how, s.src, s.weights, s.dst, s.strides, s.dilations, s.padLeft,
                                                      s.padRight);
  return dnnl::convolution_backward_weights::primitive_desc(desc, attr, e, hint);
#endif
}

inline auto matMul(const dnnl::engine& e, const memory::desc& a, const memory::desc& b, const memory::desc& bias,
                   const memory::desc& c, const primitive_attr& attr) {
  const bool biased = bias.get_size() > 0;
#if DNNL_VERSION_MAJOR >= 3
  return biased ? dnnl::matmul::primitive_desc(e, a, b, bias, c, attr) : dnnl::matmul::primitive_desc(e, a, b, c, attr);
#else
  const auto desc = biased ? dnnl::matmul::desc(a, b, bias, c) : dnnl::matmul::desc(a, b, c);
  return dnnl::matmul::primitive_desc(desc, attr, e);
#endif
}
}  // namespace sky::shim
