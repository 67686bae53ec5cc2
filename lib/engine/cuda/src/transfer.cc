// Between JavaScript's arrays and the card: uploads, downloads that wait and downloads that do not, pinned memory.
#include <algorithm>
#include <cstring>

#include "common.h"

namespace sky {
namespace {

struct Pinned {
  std::map<const char*, size_t> all;
  std::multimap<size_t, char*> free;
  size_t bytes = 0, unused = 0;  // of all, and of those that are free
};
Pinned& pinned() {
  static auto* p = new Pinned;
  return *p;
}

void toDevice(Buffer& b, const void* from, size_t bytes) {
  Gpu& g = gpu();
  if (g.recording) {
    // Not part of the recording: done now, into memory that no recorded launch writes to.
    b.block = Block::constant(bytes);
    check(driver().cuMemcpyHtoDAsync_v2(b.data(), from, bytes, g.copies), "an upload");
    check(driver().cuStreamSynchronize(g.copies), "an upload");
  } else {
    check(driver().cuMemcpyHtoDAsync_v2(b.data(), from, bytes, g.stream), "an upload");  // pageable: read at once
    if (isPinned(from, bytes)) check(driver().cuStreamSynchronize(g.stream), "an upload");
  }
  g.uploads++;
}

// upload(buffer, Float32Array | Int32Array | Uint8Array)
void upload(const Args& a) {
  Buffer& b = a.buffer(0);
  const size_t n = b.count;
  const Values values(a, 1, n, "upload");
  b.version++;
  b.knownBroken = false;
  values.with("upload", [&](auto* from) {
    using T = std::remove_pointer_t<decltype(from)>;
    if (b.type == Type::U8) {
      if constexpr (sizeof(T) == 1) return toDevice(b, from, n);
      std::vector<uint8_t> bytes(from, from + n);
      return toDevice(b, bytes.data(), n);
    }
    std::vector<float> wide;
    const float* floats;
    if constexpr (std::is_same_v<T, float>) {
      floats = from;
      b.knownBroken = !allFinite(from, int64_t(n));
    } else {
      wide.assign(from, from + n);
      floats = wide.data();
    }
    if (b.type == Type::F32) return toDevice(b, floats, n * 4);
    Buffer staged;
    staged.block = Block(n * 4), staged.count = n;
    toDevice(staged, floats, n * 4);
    launch("convert", {blocks(int64_t(n))}, 0, staged.data(), b.data(), (long long)n, int(Type::F32), int(b.type));
  });
}

// Queues the copy of a buffer's values, f32 or bytes, and of the optimiser's verdict to the host.
size_t hostBytes(const Buffer& b) { return b.type == Type::U8 ? b.count : b.count * 4; }
void toHost(const Buffer& b, void* to, int* verdict) {
  Gpu& g = gpu();
  Block wide;
  Pointer from = b.data();
  if (b.type == Type::BF16) {
    wide = Block(b.count * 4);
    from = wide.data();
    launch("convert", {blocks(int64_t(b.count))}, 0, b.data(), from, (long long)b.count, int(b.type), int(Type::F32));
  }
  check(driver().cuMemcpyDtoHAsync_v2(to, from, hostBytes(b), g.stream), "a download");
  check(driver().cuMemcpyDtoHAsync_v2(verdict, g.broken, sizeof(int), g.stream), "a download");
  g.downloads++;
}

void deliver(const Buffer& b, const void* from, const Values& to) {
  to.with("download", [&](auto* values) {
    using T = std::remove_pointer_t<decltype(values)>;
    if (b.type == Type::U8) {
      const auto* bytes = static_cast<const uint8_t*>(from);
      std::copy(bytes, bytes + b.count, values);
    } else {
      const auto* floats = static_cast<const float*>(from);
      std::transform(floats, floats + b.count, values, [](float v) { return T(v); });
    }
  });
}

// download(buffer, Float32Array | Int32Array | Uint8Array): waits
void download(const Args& a) {
  refuseWhileRecording("download a tensor");
  const Buffer& b = a.buffer(0);
  const Values values(a, 1, b.count, "download");
  std::vector<uint8_t> work(hostBytes(b));
  int verdict = 0;
  toHost(b, work.data(), &verdict);
  check(driver().cuStreamSynchronize(gpu().stream), "a download");
  deliver(b, work.data(), values);
  throwIfBroken(verdict);
}

// Waits for the card in another thread; the promise is kept in JavaScript's.
class Download : public Napi::AsyncWorker {
 public:
  Download(const Args& a, const Buffer& b)
      : Napi::AsyncWorker(a.info().Env()),
        deferred_(Napi::Promise::Deferred::New(a.info().Env())),
        values_(a, 1, b.count, "download"),
        count_(b.count),
        type_(b.type),
        context_(gpu().context) {
    if (type_ == Type::U8 ? values_.type != napi_uint8_array : values_.type != napi_float32_array) {
      fail("download: values must be a Float32Array, or a Uint8Array for bytes");
    }
    kept_ = Napi::Persistent(a.info()[1].As<Napi::Object>());
    host_ = static_cast<char*>(takePinned(hostBytes(b) + 64));
    try {
      check(driver().cuEventCreate(&event_, 1 | 2), "an event");  // waits without spinning, keeps no time
      toHost(b, host_ + 64, reinterpret_cast<int*>(host_));
      check(driver().cuEventRecord(event_, gpu().stream), "a download");
    } catch (...) {
      givePinned(host_);
      if (event_) driver().cuEventDestroy_v2(event_);
      throw;
    }
  }
  Napi::Promise promise() { return deferred_.Promise(); }
  void Execute() override {
    driver().cuCtxSetCurrent(context_);
    result_ = driver().cuEventSynchronize(event_);
  }
  void OnOK() override {
    Napi::HandleScope scope(Env());
    int verdict = 0;
    std::memcpy(&verdict, host_, sizeof verdict);
    std::memcpy(values_.data, host_ + 64, type_ == Type::U8 ? count_ : count_ * 4);
    givePinned(host_);
    driver().cuEventDestroy_v2(event_);
    try {
      check(result_, "a download");
      throwIfBroken(verdict);
      deferred_.Resolve(Env().Undefined());
    } catch (const std::exception& e) {
      deferred_.Reject(Napi::Error::New(Env(), e.what()).Value());
    }
  }

 private:
  Napi::Promise::Deferred deferred_;
  Values values_;
  size_t count_;
  Type type_;
  Context context_;
  Napi::ObjectReference kept_;
  char* host_ = nullptr;
  Event event_ = nullptr;
  Result result_ = 0;
};

// downloadLater(buffer, values): a promise that the values have come; the event loop goes on meanwhile
Napi::Value downloadLater(const Args& a) {
  refuseWhileRecording("download a tensor");
  auto* worker = new Download(a, a.buffer(0));
  const auto promise = worker->promise();
  worker->Queue();
  return promise;
}

// finish(): the card has done all that it was asked for
void finish(const Args&) {
  refuseWhileRecording("wait for the card");
  check(driver().cuStreamSynchronize(gpu().stream), "waiting for the card");
}

// hostMemory(bytes): a Uint8Array that the card copies from by itself
Napi::Value hostMemory(const Args& a) {
  const double bytes = a.number(0);
  if (!(bytes >= 1) || bytes > 1e12) fail("host memory needs at least one byte");
  void* p = takePinned(size_t(bytes));
  auto memory = Napi::ArrayBuffer::New(a.info().Env(), p, size_t(bytes), [](Napi::Env, void* q) { givePinned(q); });
  return Napi::Uint8Array::New(a.info().Env(), size_t(bytes), memory, 0);
}

// Gives the largest free blocks back to the driver until at most `most` bytes lie unused.
void trim(Pinned& p, size_t most) {
  while (p.unused > most) {
    const auto last = std::prev(p.free.end());
    const auto [size, block] = *last;
    p.free.erase(last);
    p.all.erase(block);
    p.unused -= size, p.bytes -= size;
    check(driver().cuMemFreeHost(block), "giving pinned memory back");
  }
}
}  // namespace

size_t pinnedBytes() { return pinned().bytes; }

void* takePinned(size_t bytes) {
  Pinned& p = pinned();
  size_t size = 4096;
  while (size < bytes) size *= 2;
  if (size > (size_t(1) << 20)) size = size_t(roundUp(int64_t(bytes), 1 << 20));
  const auto fit = p.free.find(size);
  if (fit != p.free.end()) {
    char* block = fit->second;
    p.free.erase(fit);
    p.unused -= size;
    return block;
  }
  // Sizes that are asked for once only would else stay for ever, and what is pinned nobody else on the machine can use.
  constexpr size_t kUnused = size_t(256) << 20;
  constexpr Result kOutOfMemory = 2;
  trim(p, kUnused);
  void* block = nullptr;
  Result r = driver().cuMemHostAlloc(&block, size, 0);
  if (r == kOutOfMemory && p.unused > 0) {
    trim(p, 0);
    r = driver().cuMemHostAlloc(&block, size, 0);
  }
  check(r, "pinned memory");
  p.all[static_cast<char*>(block)] = size;
  p.bytes += size;
  return block;
}

void givePinned(void* block) {
  Pinned& p = pinned();
  const size_t size = p.all[static_cast<char*>(block)];
  p.free.emplace(size, static_cast<char*>(block));
  p.unused += size;
}

bool isPinned(const void* at, size_t bytes) {
  const auto* p = static_cast<const char*>(at);
  auto after = pinned().all.upper_bound(p);
  if (after == pinned().all.begin()) return false;
  --after;
  return p + bytes <= after->first + after->second;
}

void throwIfBroken(int verdict) {
  if (verdict == 0) return;
  check(driver().cuMemsetD8Async(gpu().broken, 0, sizeof(int), gpu().stream), "the optimiser's verdict");
  fail("parameter " + std::to_string(verdict - 1) +
       " became NaN or infinite; lower the learning rate or go back to a checkpoint");
}

void addTransfer(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "upload", upload);
  addKernel(env, exports, "download", download);
  addAnswer(env, exports, "downloadLater", downloadLater);
  addKernel(env, exports, "finish", finish);
  addAnswer(env, exports, "hostMemory", hostMemory);
}
}  // namespace sky
