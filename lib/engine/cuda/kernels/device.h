// What every kernel shares: types, loads and stores in f32 and bf16, and the few device operations that have no C++
// spelling, each a function of its own. With SKY_EMULATE the same sources compile with any C++ compiler, and those
// functions come from the tests' emulator.
#pragma once
using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using i64 = long long;
struct alignas(16) Chunk {
  u32 v[4];
};  // eight bf16 or four f32: the unit of every wide copy

#ifdef SKY_EMULATE
#include "emulator.h"
#else
#define SKY_DEVICE __device__ __forceinline__
// Two blocks fit a multiprocessor at once; a wide kernel takes all registers of one, of a narrow one four fit.
#define SKY_KERNEL(threads, name, ...) extern "C" __global__ void __launch_bounds__(threads, 2) name(__VA_ARGS__)
#define SKY_KERNEL_WIDE(threads, name, ...) extern "C" __global__ void __launch_bounds__(threads, 1) name(__VA_ARGS__)
#define SKY_KERNEL_NARROW(threads, name, ...) extern "C" __global__ void __launch_bounds__(threads, 4) name(__VA_ARGS__)
extern __shared__ __align__(1024) unsigned char skyShared[];
// Compiled for sm_90a: products of whole warpgroups, which read both factors from shared memory.
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
#define SKY_WARPGROUPS
#endif
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
// The same for what neighbouring taps read again: it stays in L1.
SKY_DEVICE void copyAsyncKept(u32 to, const void* from, bool valid) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(valid ? 16 : 0) : "memory");
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
#ifdef SKY_WARPGROUPS
// Shared memory as a warpgroup's product reads it: rows of 128 bytes whose 16-byte chunks are swizzled by the row's low
// three bits, eight rows a kilobyte. Along the inner axis of a tile whose rows are that axis ("K-major"), the next 16
// values are 32 bytes further; of a tile whose rows are the outer one, the next 64 outer values are `panel` bytes on.
SKY_DEVICE u64 tileAt(u32 address, u32 panel = 16) {
  return (u64)((address & 0x3ffff) >> 4) | (u64)(panel >> 4) << 16 | (u64)(1024 >> 4) << 32 | (u64)1 << 62;
}
#define SKY_D(j) "+f"(d[j][0]), "+f"(d[j][1]), "+f"(d[j][2]), "+f"(d[j][3])
#define SKY_D4(j) SKY_D(j), SKY_D(j + 1), SKY_D(j + 2), SKY_D(j + 3)
#define SKY_D8(j) SKY_D4(j), SKY_D4(j + 4)
// d = a b, or d += a b with `add`: 64x16 by 16xN in bf16, summed in f32, queued; warp w of the four has rows 16 w and following, laid out as
// by multiplyAdd. With kOuter both tiles have the outer axis in their rows.
template <int N, bool kOuter>
SKY_DEVICE void multiplyAddGroup(float (&d)[N / 8][4], u64 a, u64 b, bool add);
template <>
SKY_DEVICE void multiplyAddGroup<64, false>(float (&d)[8][4], u64 a, u64 b, bool add) {
  asm volatile(
      "{ .reg .pred p; setp.ne.b32 p, %34, 0; wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
      "}, %32, %33, p, 1, 1, 0, 0; }"
      : SKY_D8(0)
      : "l"(a), "l"(b), "r"((int)add));
}
template <>
SKY_DEVICE void multiplyAddGroup<64, true>(float (&d)[8][4], u64 a, u64 b, bool add) {
  asm volatile(
      "{ .reg .pred p; setp.ne.b32 p, %34, 0; wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
      "}, %32, %33, p, 1, 1, 1, 1; }"
      : SKY_D8(0)
      : "l"(a), "l"(b), "r"((int)add));
}
template <>
SKY_DEVICE void multiplyAddGroup<128, false>(float (&d)[16][4], u64 a, u64 b, bool add) {
  asm volatile(
      "{ .reg .pred p; setp.ne.b32 p, %66, 0; wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
      "}, %64, %65, p, 1, 1, 0, 0; }"
      : SKY_D8(0), SKY_D8(8)
      : "l"(a), "l"(b), "r"((int)add));
}
template <>
SKY_DEVICE void multiplyAddGroup<128, true>(float (&d)[16][4], u64 a, u64 b, bool add) {
  asm volatile(
      "{ .reg .pred p; setp.ne.b32 p, %66, 0; wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
      "}, %64, %65, p, 1, 1, 1, 1; }"
      : SKY_D8(0), SKY_D8(8)
      : "l"(a), "l"(b), "r"((int)add));
}
template <>
SKY_DEVICE void multiplyAddGroup<192, true>(float (&d)[24][4], u64 a, u64 b, bool add) {
  asm volatile(
      "{ .reg .pred p; setp.ne.b32 p, %98, 0; wgmma.mma_async.sync.aligned.m64n192k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
      "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
      "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95"
      "}, %96, %97, p, 1, 1, 1, 1; }"
      : SKY_D8(0), SKY_D8(8), SKY_D8(16)
      : "l"(a), "l"(b), "r"((int)add));
}
template <>
SKY_DEVICE void multiplyAddGroup<256, true>(float (&d)[32][4], u64 a, u64 b, bool add) {
  asm volatile(
      "{ .reg .pred p; setp.ne.b32 p, %130, 0; wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
      "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
      "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
      "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
      "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
      "}, %128, %129, p, 1, 1, 1, 1; }"
      : SKY_D8(0), SKY_D8(8), SKY_D8(16), SKY_D8(24)
      : "l"(a), "l"(b), "r"((int)add));
}
#undef SKY_D8
#undef SKY_D4
#undef SKY_D
SKY_DEVICE void productsBegin() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
SKY_DEVICE void productsCommit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
SKY_DEVICE void productsWait() { asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory"); }
// What this thread wrote or copied to shared memory is seen by the products that follow a barrier.
SKY_DEVICE void sharedToProducts() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
// Sums that products left behind the compiler's back.
template <int N>
SKY_DEVICE void settled(float (&d)[N][4]) {
#pragma unroll
  for (int j = 0; j < N; j++)
#pragma unroll
    for (int e = 0; e < 4; e++) asm volatile("" : "+f"(d[j][e])::"memory");
}
#endif
SKY_DEVICE float shuffleXor(float v, int mask) { return __shfl_xor_sync(0xffffffffu, v, mask); }
SKY_DEVICE void barrier() { __syncthreads(); }
#endif

// A convolution of stride 2 over at most four channels, told as one of stride 1: a folded pixel is 2x2 pixels, each with
// four channels, and a folded tap is 2x2 taps of the filter [kh, kw], which begins `top` rows and `left` columns late.
struct Fold {
  int on, top, left, kh, kw, tapsW;
  // The filter's tap and channel behind a folded tap and channel; false where there are none.
  SKY_DEVICE bool unfold(int& tap, int& channel) const {
    if (!on) return true;
    const int row = tap / tapsW, i = 2 * row + (channel >> 3) - top, j = 2 * (tap - row * tapsW) + (channel >> 2 & 1) - left;
    tap = i * kw + j, channel &= 3;
    return i >= 0 && i < kh && j >= 0 && j < kw;
  }
};

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
