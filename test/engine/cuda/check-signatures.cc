// Compiled only where a CUDA toolkit is: the engine's own declarations of the driver API against NVIDIA's.
#include <cuda.h>

#include "../../../lib/engine/cuda/src/driver.h"

// Handles and enums differ in name only, so compare sizes of each parameter and their number.
template <class A, class B>
struct Alike : std::false_type {};
template <class R, class... A, class S, class... B>
struct Alike<R(A...), S(B...)> {
  static constexpr bool value = [] {
    if constexpr (sizeof...(A) != sizeof...(B)) return false;
    else return ((sizeof(A) == sizeof(B) && std::is_pointer_v<A> == std::is_pointer_v<B>) && ...);
  }();
};
#define SKY_SAME(name, ...) static_assert(Alike<__VA_ARGS__, std::remove_pointer_t<decltype(&::name)>>::value, #name);
using namespace sky;
SKY_DRIVER(SKY_SAME)
