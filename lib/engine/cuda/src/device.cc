// The card: how it is started, launches, tables in device memory, arrays of JavaScript brought over.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>

#include "common.h"

namespace sky {
namespace {
Gpu& state() {
  static auto* g = new Gpu;  // never destroyed: finalizers may run after static destructors
  return *g;
}

std::map<std::string, Function>& functions() {
  static auto* map = new std::map<std::string, Function>;
  return *map;
}

// JIT options of the driver.
constexpr int kErrorLog = 5, kErrorLogBytes = 6;
// Attributes of a device and of a function.
constexpr int kProcessors = 16, kMajor = 75, kMinor = 76, kSharedOptIn = 97, kMaxDynamicShared = 8;

// `sm_90a.ptx` is for the cards of compute capability 9.0 and no others, and in the instruction set of CUDA 12.0;
// `sm_80.ptx` is for all since Ampere, and what such a card runs under a driver from before that.
void loadKernels(Gpu& g, const std::string& folder) {
  g.warpgroups = g.major == 9 && g.minor == 0 && g.version >= 12000 && !setting("LATENT_SKY_CUDA_SM80");
  const std::string path = folder + (g.warpgroups ? "/sm_90a.ptx" : "/sm_80.ptx");
  std::ifstream file(path);
  const std::string ptx((std::istreambuf_iterator<char>(file)), {});
  if (ptx.empty()) fail("its kernels are not at " + path);
  char log[4096] = {};
  int options[] = {kErrorLog, kErrorLogBytes};
  void* values[] = {log, reinterpret_cast<void*>(sizeof log)};
  const Result r = driver().cuModuleLoadDataEx(&g.module, ptx.c_str(), 2, options, values);
  if (r == 222) fail("the NVIDIA driver is too old for its kernels: install 470 or newer");
  check(r, (std::string("its kernels do not load") + (*log ? ": " : "") + log).c_str());
}

std::string noGpu() {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (!visible) return "no NVIDIA GPU in this machine";
  return std::string("no NVIDIA GPU that CUDA_VISIBLE_DEVICES=\"") + visible + "\" lets this process see";
}

std::string versionText(int v) { return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10); }

// The first card: throws in a few words why it cannot be used.
void open(Gpu& g, const std::string& kernels) {
  Driver& d = driver();
  const Result first = d.cuInit(0);
  if (first == 100) fail(noGpu());
  if (first == 803 || first == 804) fail("the NVIDIA driver's library and kernel module differ: restart the machine");
  if (first != 0) fail("the NVIDIA driver does not start: " + inWords(first));  // even 999: no card has stopped yet
  check(d.cuDriverGetVersion(&g.version), "the driver's version");
  if (g.version < 11040) {
    fail("the NVIDIA driver is too old (CUDA " + versionText(g.version) + "): install 470 or newer");
  }
  int count = 0;
  check(d.cuDeviceGetCount(&count), "the number of GPUs");
  if (count == 0) fail(noGpu());
  Device device = 0;
  check(d.cuDeviceGet(&device, 0), "the first GPU");
  char name[128] = {};
  check(d.cuDeviceGetName(name, sizeof name - 1, device), "the GPU's name");
  auto attribute = [&](int& value, int which) {
    check(d.cuDeviceGetAttribute(&value, which, device), "the GPU's attributes");
  };
  attribute(g.major, kMajor);
  attribute(g.minor, kMinor);
  attribute(g.processors, kProcessors);
  attribute(g.sharedBytes, kSharedOptIn);
  g.name = name;
  if (g.major < 8) {
    fail(g.name + " has compute capability " + std::to_string(g.major) + "." + std::to_string(g.minor) +
         " and does not multiply bf16: the engine needs 8.0 (Ampere, 2020) or newer");
  }
  Context context = nullptr;
  check(d.cuDevicePrimaryCtxRetain(&context, device), "the GPU's context");
  try {
    check(d.cuCtxSetCurrent(context), "the GPU's context");
    check(d.cuStreamCreate(&g.stream, 1), "a stream");
    check(d.cuStreamCreate(&g.copies, 1), "a stream");
    loadKernels(g, kernels);
    check(d.cuMemAlloc_v2(&g.broken, sizeof(int)), "device memory");
    check(d.cuMemsetD8Async(g.broken, 0, sizeof(int), g.stream), "device memory");
  } catch (...) {
    d.cuDevicePrimaryCtxRelease_v2(device);  // with all that it holds; another engine goes on without the card
    throw;
  }
  g.context = context;
  g.thread = std::this_thread::get_id();
}

// start(kernels): what the card is. A second call answers like the first, in the same thread.
Napi::Value start(const Args& a) {
  static std::mutex one;
  const std::lock_guard<std::mutex> held(one);
  Gpu& g = state();
  if (!g.context) open(g, a.text(0));
  // The context is current there alone, and neither the pool nor a recording is made for two.
  if (g.thread != std::this_thread::get_id()) fail("it runs in another thread of this process");
  auto out = Napi::Object::New(a.info().Env());
  out.Set("name", g.name);
  out.Set("capability", std::to_string(g.major) + "." + std::to_string(g.minor));
  out.Set("cuda", versionText(g.version));
  return out;
}
}  // namespace

Gpu& gpu() {
  Gpu& g = state();
  if (!g.context) fail("the CUDA engine was not started");
  return g;
}

void launchKernel(const char* name, unsigned gx, unsigned gy, unsigned gz, unsigned threads, unsigned shared,
                  void** arguments) {
  Gpu& g = gpu();
  Function& f = functions()[name];
  if (!f) {
    check(driver().cuModuleGetFunction(&f, g.module, name), name);
    if (shared > 48 << 10) check(driver().cuFuncSetAttribute(f, kMaxDynamicShared, int(shared)), name);
  }
  check(driver().cuLaunchKernel(f, gx, gy, gz, threads, 1, 1, shared, g.stream, arguments, nullptr), name);
  g.launches++;
}

std::string typed(const char* name, Type type, int64_t width, int64_t& lane) {
  if (type == Type::U8) fail("this kernel reads f32 or bf16 storage only");
  lane = type == Type::F32 ? 4 : 8;
  const bool wide = width % lane == 0;
  if (!wide) lane = 1;
  return std::string(name) + (type == Type::F32 ? "_f32" : "_bf16") + (wide ? "" : "_1");
}

Pointer table(const std::string& bytes) {
  Gpu& g = gpu();
  auto copy = [&](Pointer to) {
    check(driver().cuMemcpyHtoDAsync_v2(to, bytes.data(), bytes.size(), g.copies), "a table");
    check(driver().cuStreamSynchronize(g.copies), "a table");
    g.uploads++;
    return to;
  };
  if (g.recording) {
    g.recording->tables.push_back(Block::constant(bytes.size()));
    return copy(g.recording->tables.back().data());
  }
  // Not from the pool: a table taken there would move the addresses that the next step's table is made of.
  constexpr size_t kArena = size_t(1) << 20;
  static Pointer arena = 0;
  static size_t taken = 0;
  static auto* tables = new std::map<std::string, Pointer>;
  const auto found = tables->find(bytes);
  if (found != tables->end()) return found->second;
  const size_t size = size_t(roundUp(int64_t(bytes.size()), 256));
  if (size > kArena) fail("a list of tensors is too long");
  if (!arena) arena = takeForGood(kArena);
  if (taken + size > kArena) {
    check(driver().cuStreamSynchronize(g.stream), "a table");  // launches may still read what lies there
    tables->clear();
    taken = 0;
  }
  const Pointer p = copy(arena + taken);
  taken += size;
  return (*tables)[bytes] = p;
}

HostArray::HostArray(const void* data, size_t bytes) {
  Gpu& g = gpu();
  if (Recording* r = g.recording) {
    for (const auto& input : r->inputs) {
      if (input->first == data && input->bytes == bytes) {
        data_ = input->slot.data();
        return;
      }
    }
    auto input = std::make_unique<Recording::Input>();
    input->first = data, input->bytes = bytes;
    input->slot = Block::constant(bytes);
    for (Block& b : input->landing) b = Block::constant(bytes);
    data_ = input->slot.data();
    r->inputs.push_back(std::move(input));
    return;
  }
  block_ = Block(bytes);
  data_ = block_.data();
  check(driver().cuMemcpyHtoDAsync_v2(data_, data, bytes, g.stream), "an upload");
  // Pageable memory was read before the call returned; pinned memory would be read while JavaScript changes it.
  if (isPinned(data, bytes)) check(driver().cuStreamSynchronize(g.stream), "an upload");
  g.uploads++;
}

Operand Operand::f32(const Buffer& b) {
  Operand o;
  o.data_ = b.data();
  if (b.type == Type::F32) return o;
  o.block_ = Block(b.count * 4);
  o.data_ = o.block_.data();
  launch("convert", {blocks(int64_t(b.count))}, 0, b.data(), o.data_, (long long)b.count, int(b.type), int(Type::F32));
  return o;
}

Operand Operand::bf16(const Buffer& b, int64_t channels) {
  Operand o;
  o.data_ = b.data();
  const int64_t padded = roundUp(channels, 8), rows = int64_t(b.count) / channels;
  if (b.type == Type::BF16 && padded == channels) return o;
  o.block_ = Block(size_t(rows * padded) * 2);
  o.data_ = o.block_.data();
  launch("padChannels", {blocks(rows * padded)}, 0, b.data(), o.data_, (long long)rows, int(channels), int(padded),
         int(b.type));
  return o;
}

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  addAnswer(env, exports, "start", start);
  // setPrecision(storage): whether matrix products of f32 tensors may be taken in bf16
  addKernel(env, exports, "setPrecision",
            [](const Args& a) { gpu().bf16Products = a.number(0) == double(Type::BF16); });
  addMemory(env, exports);
  addTransfer(env, exports);
  addRecording(env, exports);
  addConv(env, exports);
  addProduct(env, exports);
  addBatchNorm(env, exports);
  addPooling(env, exports);
  addElementwise(env, exports);
  addReduce(env, exports);
  addAugment(env, exports);
  addOptimizer(env, exports);
  return exports;
}
}  // namespace sky

static Napi::Object InitModule(Napi::Env env, Napi::Object exports) { return sky::init(env, exports); }
NODE_API_MODULE(latent_sky_cuda, InitModule)
