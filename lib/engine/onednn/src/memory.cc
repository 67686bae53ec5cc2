// Storage: the block pool, buffers as JS externals, uploads and downloads, packed copies.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "common.h"

namespace sky {
namespace {

// Freed blocks wait here by size, and a new one takes the smallest that is large enough and at most a quarter larger.
// Live and pooled together may be a third, at most kSlack, more than live alone once needed: a new block that finds no
// fitting free one beyond that first gives others back to the system. Without it every step of a training gave back and
// faulted in a third of its memory, as its tensors are of many sizes.
struct Pool {
  std::multimap<size_t, void*> free;
  PoolStats stats;
  size_t mostLive = 0;
};

Pool& pool() {
  static Pool* instance = new Pool;  // never destroyed: finalizers may run after static destructors
  return *instance;
}

constexpr size_t kHuge = size_t(2) << 20;
constexpr size_t kSlack = size_t(256) << 20;

size_t roundUp(size_t bytes) {
#ifdef SKY_NO_POOL
  return bytes;  // so that AddressSanitizer sees every byte beyond a tensor
#endif
  size_t step = 64;
  while (step * 16 < bytes) step *= 2;  // at most 1/16 waste
  if (bytes >= kHuge) step = std::max(step, kHuge / 8);
  return (std::max<size_t>(bytes, 1) + step - 1) / step * step;
}

// Gives the smallest block that frees as much as is `wanted` back to the system, or the largest there is.
void dropBlock(Pool& p, size_t wanted) {
  auto block = p.free.lower_bound(wanted);
  if (block == p.free.end()) block = std::prev(block);
  std::free(block->second);
  p.stats.pooled -= block->first;
  p.free.erase(block);
}

void* fresh(Pool& p, size_t bytes) {
  static const size_t limit = size_t(sysconf(_SC_PHYS_PAGES)) * size_t(sysconf(_SC_PAGESIZE)) / 20 * 19;
  if (bytes > limit || p.stats.live + bytes > limit) {
    fail("not enough memory: " + std::to_string(bytes >> 20) + " MiB asked for, " + std::to_string(p.stats.live >> 20) +
         " MiB in use, " + std::to_string(limit >> 20) + " MiB usable; use a smaller batch");
  }
  const size_t allowed = std::max(p.mostLive + std::min(p.mostLive / 3, kSlack), p.stats.live + bytes);
  while (!p.free.empty() && p.stats.live + p.stats.pooled + bytes > allowed) {
    dropBlock(p, p.stats.live + p.stats.pooled + bytes - allowed);
  }
  void* data = nullptr;
  while (posix_memalign(&data, bytes >= kHuge ? kHuge : 64, bytes) != 0) {
    if (p.free.empty()) fail("the system has no " + std::to_string(bytes >> 20) + " MiB left; use a smaller batch");
    dropBlock(p, bytes);
  }
#ifdef MADV_HUGEPAGE
  if (bytes >= kHuge) madvise(data, bytes, MADV_HUGEPAGE);
#endif
  return data;
}

// part(buffer, offset, count): a part of a buffer as one of its own, good as long as the whole is
Napi::Value part(const Args& a) {
  const Buffer& whole = a.buffer(0);
  const double offset = a.number(1), count = a.number(2);
  if (!(offset >= 0) || !(count >= 1) || offset + count > double(whole.count)) fail("the part leaves the tensor");
  auto buffer = std::make_unique<Buffer>();
  buffer->count = size_t(count);
  buffer->type = whole.type;
  buffer->block = Block::borrowed(whole.as<uint8_t>() + size_t(offset) * sizeOf(whole.type));
  return tensorFor(a.info().Env(), std::move(buffer));
}

void release(const Args& a) {
  Buffer& b = a.buffer(0);
  b.block.release();
  b.packed.clear();
  b.tiles.clear();
}

// upload(buffer, Float32Array | Int32Array | Uint8Array)
void upload(const Args& a) {
  Buffer& b = a.buffer(0);
  const size_t n = b.count;
  Values(a, 1, n, "upload").with("upload", [&](const auto* from) {
    if (b.type == Type::F32) std::copy(from, from + n, b.as<float>());
    if (b.type == Type::BF16) {
      for (size_t i = 0; i < n; i++) b.as<bf16>()[i] = float(from[i]);
    }
    if (b.type == Type::U8) {
      for (size_t i = 0; i < n; i++) b.as<uint8_t>()[i] = uint8_t(from[i]);
    }
  });
}

// download(buffer, Float32Array | Int32Array | Uint8Array)
void download(const Args& a) {
  const Buffer& b = a.buffer(0);
  Values(a, 1, b.count, "download").with("download", [&](auto* to) {
    using T = std::remove_pointer_t<decltype(to)>;
    if (b.type == Type::F32) std::transform(b.as<float>(), b.as<float>() + b.count, to, [](float v) { return T(v); });
    if (b.type == Type::BF16) {
      for (size_t i = 0; i < b.count; i++) to[i] = T(float(b.as<bf16>()[i]));
    }
    if (b.type == Type::U8) std::copy(b.as<uint8_t>(), b.as<uint8_t>() + b.count, to);
  });
}

Napi::Value memoryStats(const Args& a) {
  auto out = Napi::Object::New(a.info().Env());
  out.Set("native", double(pool().stats.live));
  out.Set("pooled", double(pool().stats.pooled));
  out.Set("peak", double(pool().stats.peak));
  return out;
}

Block& scratchBlock() {
  static Block* block = new Block;
  return *block;
}
}  // namespace

Block::Block(size_t bytes) {
  Pool& p = pool();
  bytes_ = roundUp(bytes);
  const auto fit = p.free.lower_bound(bytes_);
  if (fit != p.free.end() && fit->first <= bytes_ + bytes_ / 4) {
    bytes_ = fit->first;
    data_ = fit->second;
    p.stats.pooled -= bytes_;
    p.free.erase(fit);
  } else {
    data_ = fresh(p, bytes_);
  }
  p.stats.live += bytes_;
  p.mostLive = std::max(p.mostLive, p.stats.live);
  p.stats.peak = std::max(p.stats.peak, p.stats.live + p.stats.pooled);
}

Block& Block::operator=(Block&& other) noexcept {
  if (this != &other) {
    release();
    data_ = other.data_;
    bytes_ = other.bytes_;
    other.data_ = nullptr;
  }
  return *this;
}

Block Block::borrowed(void* data) {
  Block b;
  b.data_ = data;
  return b;
}

void Block::release() {
  if (!bytes_) data_ = nullptr;
  if (!data_) return;
  Pool& p = pool();
  p.stats.live -= bytes_;
#ifdef SKY_NO_POOL
  std::free(data_);
#else
  p.stats.pooled += bytes_;
  p.free.emplace(bytes_, data_);
#endif
  data_ = nullptr;
}

size_t liveBytes() { return pool().stats.live; }

dnnl::memory::data_type dnnlType(Type type) {
  if (type == Type::U8) fail("this kernel reads f32 or bf16 storage only");
  return type == Type::F32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
}

dnnl::engine& engine() {
  static auto* e = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *e;
}

dnnl::stream& stream() {
  static auto* s = new dnnl::stream(engine());
  return *s;
}

void* scratch(size_t bytes) {
  Block& block = scratchBlock();
  if (!block.data() || block.bytes() < bytes) {
    block.release();
    block = Block(bytes);
  }
  return block.data();
}

dnnl::memory packed(Buffer& buffer, const dnnl::memory::desc& have, const dnnl::memory::desc& want) {
  if (have == want) return dnnl::memory(have, engine(), buffer.block.data());
  Packed* entry = nullptr;
  for (Packed& p : buffer.packed) {
    if (p.desc == want) entry = &p;
  }
  if (!entry) {
    const dnnl::reorder::primitive_desc pd(engine(), have, engine(), want);
    buffer.packed.push_back({want, dnnl::reorder(pd), Block(want.get_size()), ~uint64_t(0)});
    entry = &buffer.packed.back();
  }
  dnnl::memory to(want, engine(), entry->block.data());
  if (entry->version != buffer.version) {
    dnnl::memory from(have, engine(), buffer.block.data());
    entry->reorder.execute(stream(), from, to);
    stream().wait();
    entry->version = buffer.version;
  }
  return to;
}

char* tilesOf(Buffer& buffer, const std::vector<int64_t>& layout, size_t bytes,
              const std::function<void(char*)>& fill) {
  auto found =
      std::find_if(buffer.tiles.begin(), buffer.tiles.end(), [&](const Tiles& t) { return t.layout == layout; });
  if (found == buffer.tiles.end()) {
    buffer.tiles.push_back({layout, Block(bytes), ~uint64_t(0)});
    found = std::prev(buffer.tiles.end());
  }
  char* data = static_cast<char*>(found->block.data());
  if (found->version != buffer.version) {
    fill(data);
    found->version = buffer.version;
  }
  return data;
}

void requireFinite(Buffer& weights, const char* what) {
  if (weights.knownFinite || weights.type != Type::F32) return;
  if (!allFinite(weights.as<float>(), int64_t(weights.count))) fail(std::string(what) + " contain NaN or infinity");
  weights.knownFinite = true;
}

void addMemory(Napi::Env env, Napi::Object exports) {
  addAlloc(env, exports);
  addAnswer(env, exports, "part", part);
  addKernel(env, exports, "upload", upload);
  addKernel(env, exports, "download", download);
  addAnswer(env, exports, "memoryStats", memoryStats);
  addKernel(env, exports, "free", [](const Args& a) { release(a); });
}
}  // namespace sky
