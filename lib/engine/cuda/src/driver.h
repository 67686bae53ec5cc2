// The part of NVIDIA's driver API that the engine uses, found at run time: neither headers nor toolkit are needed.
// A test compares these declarations with cuda.h where a toolkit is.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace sky {
using Result = int;                  // CUresult
using Device = int;                  // CUdevice
using Pointer = unsigned long long;  // CUdeviceptr
struct ContextTag;
struct StreamTag;
struct EventTag;
struct ModuleTag;
struct FunctionTag;
struct GraphTag;
struct GraphExecTag;
using Context = ContextTag*;
using Stream = StreamTag*;
using Event = EventTag*;
using Module = ModuleTag*;
using Function = FunctionTag*;
using Graph = GraphTag*;
using GraphExec = GraphExecTag*;

#define SKY_DRIVER(F)                                                                                               \
  F(cuInit, Result(unsigned))                                                                                       \
  F(cuDriverGetVersion, Result(int*))                                                                               \
  F(cuDeviceGetCount, Result(int*))                                                                                 \
  F(cuDeviceGet, Result(Device*, int))                                                                              \
  F(cuDeviceGetName, Result(char*, int, Device))                                                                    \
  F(cuDeviceGetAttribute, Result(int*, int, Device))                                                                \
  F(cuDevicePrimaryCtxRetain, Result(Context*, Device))                                                             \
  F(cuDevicePrimaryCtxRelease_v2, Result(Device))                                                                   \
  F(cuCtxSetCurrent, Result(Context))                                                                               \
  F(cuStreamCreate, Result(Stream*, unsigned))                                                                      \
  F(cuStreamSynchronize, Result(Stream))                                                                            \
  F(cuStreamWaitEvent, Result(Stream, Event, unsigned))                                                             \
  F(cuStreamBeginCapture_v2, Result(Stream, int))                                                                   \
  F(cuStreamEndCapture, Result(Stream, Graph*))                                                                     \
  F(cuEventCreate, Result(Event*, unsigned))                                                                        \
  F(cuEventDestroy_v2, Result(Event))                                                                               \
  F(cuEventRecord, Result(Event, Stream))                                                                           \
  F(cuEventSynchronize, Result(Event))                                                                              \
  F(cuMemGetInfo_v2, Result(size_t*, size_t*))                                                                      \
  F(cuMemAlloc_v2, Result(Pointer*, size_t))                                                                        \
  F(cuMemFree_v2, Result(Pointer))                                                                                  \
  F(cuMemHostAlloc, Result(void**, size_t, unsigned))                                                               \
  F(cuMemFreeHost, Result(void*))                                                                                   \
  F(cuMemcpyHtoDAsync_v2, Result(Pointer, const void*, size_t, Stream))                                             \
  F(cuMemcpyDtoHAsync_v2, Result(void*, Pointer, size_t, Stream))                                                   \
  F(cuMemcpyDtoDAsync_v2, Result(Pointer, Pointer, size_t, Stream))                                                 \
  F(cuMemsetD8Async, Result(Pointer, unsigned char, size_t, Stream))                                                \
  F(cuModuleLoadDataEx, Result(Module*, const void*, unsigned, int*, void**))                                       \
  F(cuModuleGetFunction, Result(Function*, Module, const char*))                                                    \
  F(cuFuncSetAttribute, Result(Function, int, int))                                                                 \
  F(cuLaunchKernel,                                                                                                 \
    Result(Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Stream, void**, void**)) \
  F(cuGraphInstantiateWithFlags, Result(GraphExec*, Graph, unsigned long long))                                     \
  F(cuGraphDestroy, Result(Graph))                                                                                  \
  F(cuGraphExecDestroy, Result(GraphExec))                                                                          \
  F(cuGraphLaunch, Result(GraphExec, Stream))                                                                       \
  F(cuGetErrorString, Result(int, const char**))

struct Driver {
#define SKY_MEMBER(name, ...) std::add_pointer_t<__VA_ARGS__> name = nullptr;
  SKY_DRIVER(SKY_MEMBER)
#undef SKY_MEMBER
};

// Loads the driver once; throws in a few words why it cannot be used here.
Driver& driver();
// A variable of the environment; null where it is not set or empty.
const char* setting(const char* name);
// What the driver calls an error, with its number.
std::string inWords(Result error);
// Throws where `result` is an error. One after which the driver answers nothing any more is remembered: every later
// call says that the process has to be started again.
void check(Result result, const char* what);
}  // namespace sky
