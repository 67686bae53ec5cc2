// What every kernel shares: types, loads and stores in f32 and bf16, and the few device operations that have no C++
// spelling, each a function of its own. With SKY_EMULATE the same sources compile with any C++ compiler, and those
// functions come from the tests' emulator.
#pragma once
using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using i64 = long long;
struct alignas(16) Chunk {
  u32 v[4];
};  // eight bf16 or four f32: the unit of every wide copy

#ifdef SKY_EMULATE
#include "emulator.h"
#else
#define SKY_DEVICE __device__ __forceinline__
// Two blocks fit a multiprocessor at once; a wide kernel takes all registers of one.
#define SKY_KERNEL(threads, name, ...) extern "C" __global__ void __launch_bounds__(threads, 2) name(__VA_ARGS__)
#define SKY_KERNEL_WIDE(threads, name, ...) extern "C" __global__ void __launch_bounds__(threads, 1) name(__VA_ARGS__)
extern __shared__ __align__(128) unsigned char skyShared[];
#define SKY_SHARED unsigned char* shared = skyShared
SKY_DEVICE float bitsToFloat(u32 v) { return __uint_as_float(v); }
SKY_DEVICE u32 packBf16(float low, float high) {
  u32 d;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(d) : "f"(high), "f"(low));
  return d;
}
SKY_DEVICE u32 sharedAddress(const void* p) { return (u32)__cvta_generic_to_shared(p); }
// Sixteen bytes from global to shared memory; zeros where `valid` is false (nothing is read then).
SKY_DEVICE void copyAsync(u32 to, const void* from, bool valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(valid ? 16 : 0) : "memory");
}
SKY_DEVICE void copyCommit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int kLeft>
SKY_DEVICE void copyWait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kLeft) : "memory");
}
SKY_DEVICE void loadMatrix4(u32 (&r)[4], u32 address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}
// The same with each 8x8 matrix transposed.
SKY_DEVICE void loadMatrix4Transposed(u32 (&r)[4], u32 address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}
// c += a b: 16x16 by 16x8 in bf16, summed in f32.
SKY_DEVICE void multiplyAdd(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
SKY_DEVICE float shuffleXor(float v, int mask) { return __shfl_xor_sync(0xffffffffu, v, mask); }
SKY_DEVICE void barrier() { __syncthreads(); }
#endif

// How values are stored; the numbers are those of lib/engine/native/native.ts.
enum Storage : int { kF32 = 0, kBf16 = 1, kU8 = 2 };

SKY_DEVICE float asFloat(float v) { return v; }
SKY_DEVICE float asFloat(u16 v) { return bitsToFloat((u32)v << 16); }
SKY_DEVICE void put(float& to, float v) { to = v; }
SKY_DEVICE void put(u16& to, float v) { to = (u16)packBf16(v, 0); }
// The same with the storage known at run time only: one kernel for every mixture.
SKY_DEVICE float readAs(const void* p, i64 i, int storage) {
  return storage == kF32 ? static_cast<const float*>(p)[i]
                         : storage == kBf16 ? asFloat(static_cast<const u16*>(p)[i])
                                            : (float)static_cast<const u8*>(p)[i];
}
SKY_DEVICE void writeAs(void* p, i64 i, float v, int storage) {
  if (storage == kF32) static_cast<float*>(p)[i] = v;
  else if (storage == kBf16) put(static_cast<u16*>(p)[i], v);
  else static_cast<u8*>(p)[i] = (u8)v;
}

// V neighbours at once: sixteen bytes, or one value where rows are not so aligned.
template <class T, int V>
struct Lane;
template <class T>
struct Lane<T, 1> {
  SKY_DEVICE static void load(const T* p, float (&v)[1]) { v[0] = asFloat(*p); }
  SKY_DEVICE static void store(T* p, const float (&v)[1]) { put(*p, v[0]); }
};
template <>
struct Lane<float, 4> {
  SKY_DEVICE static void load(const float* p, float (&v)[4]) {
    const Chunk c = *reinterpret_cast<const Chunk*>(p);
#pragma unroll
    for (int i = 0; i < 4; i++) v[i] = bitsToFloat(c.v[i]);
  }
  SKY_DEVICE static void store(float* p, const float (&v)[4]) {
    struct alignas(16) Four {
      float v[4];
    } four = {{v[0], v[1], v[2], v[3]}};
    *reinterpret_cast<Four*>(p) = four;
  }
};
template <>
struct Lane<u16, 8> {
  SKY_DEVICE static void load(const u16* p, float (&v)[8]) {
    const Chunk c = *reinterpret_cast<const Chunk*>(p);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      v[2 * i] = bitsToFloat(c.v[i] << 16);
      v[2 * i + 1] = bitsToFloat(c.v[i] & 0xffff0000u);
    }
  }
  SKY_DEVICE static void store(u16* p, const float (&v)[8]) {
    Chunk c;
#pragma unroll
    for (int i = 0; i < 4; i++) c.v[i] = packBf16(v[2 * i], v[2 * i + 1]);
    *reinterpret_cast<Chunk*>(p) = c;
  }
};

// name_f32, name_bf16: sixteen bytes a thread; name_f32_1, name_bf16_1: one value.
#define SKY_FOUR(INSTANCE) INSTANCE(_f32, float, 4) INSTANCE(_bf16, u16, 8) INSTANCE(_f32_1, float, 1) INSTANCE(_bf16_1, u16, 1)

// The sum over a block of 256 threads, the same in each; `shared` holds eight floats.
SKY_DEVICE float blockSum(float v, float* shared) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) v += shuffleXor(v, mask);
  if ((threadIdx.x & 31) == 0) shared[threadIdx.x >> 5] = v;
  barrier();
  float total = 0;
#pragma unroll
  for (int i = 0; i < 8; i++) total += shared[i];
  barrier();
  return total;
}
