// Storage: the pool of device memory, what a recording keeps of it, buffers as JS externals.
#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include "common.h"

namespace sky {
namespace {

// Freed blocks wait here by size. Together live and pooled exceed what live alone once needed by a quarter and 32 MiB
// at most, room for sizes that are needed at different times: a new block that finds no fitting free one and no room
// first gives others back to the driver, which waits for the card. So steps of equal shape allocate nothing.
struct Pool {
  FreeBlocks free;
  std::unordered_map<Pointer, Recording*> owner;
  size_t live = 0, pooled = 0, peak = 0, mostLive = 0;
};

Pool& pool() {
  static Pool* instance = new Pool;  // never destroyed: finalizers may run after static destructors
  return *instance;
}

size_t roundedUp(size_t bytes) {
#ifdef SKY_NO_POOL
  return std::max<size_t>(bytes, 1);  // so that AddressSanitizer sees every byte beyond a tensor
#endif
  size_t step = 512;
  while (step * 16 < bytes) step *= 2;  // at most 1/16 waste
  return (std::max<size_t>(bytes, 1) + step - 1) / step * step;
}

void dropLargest(Pool& p) {
  const auto last = std::prev(p.free.end());
  const Pointer block = last->second;
  p.pooled -= last->first;
  p.free.erase(last);
  check(driver().cuMemFree_v2(block), "giving memory back");
}

Pointer fresh(Pool& p, size_t bytes) {
  constexpr Result kOutOfMemory = 2;
  const bool mayFree = !gpu().recording;  // giving back waits for the card, which a recording may not
  const size_t most = std::max(p.mostLive, p.live + bytes), allowed = most + most / 4 + (size_t(32) << 20);
  while (mayFree && !p.free.empty() && p.live + p.pooled + bytes > allowed) dropLargest(p);
  Pointer block = 0;
  Result r = driver().cuMemAlloc_v2(&block, bytes);
  while (r == kOutOfMemory && mayFree && !p.free.empty()) {
    dropLargest(p);
    r = driver().cuMemAlloc_v2(&block, bytes);
  }
  if (r == kOutOfMemory) {
    size_t unused = 0, all = 0;
    driver().cuMemGetInfo_v2(&unused, &all);
    fail("not enough memory on the GPU: " + std::to_string(bytes >> 20) + " MiB asked for, " +
         std::to_string(p.live >> 20) + " MiB in use of " + std::to_string(all >> 20) +
         " MiB; use a smaller batch or smaller images");
  }
  check(r, "device memory");
  return block;
}

// The lowest address of those that fit: equal steps, which begin with the same free blocks, get equal addresses, in
// whatever order the last one gave them back.
Pointer takeFrom(FreeBlocks& free, size_t bytes) {
  const auto fit = free.lower_bound({bytes, 0});
  if (fit == free.end() || fit->first != bytes) return 0;
  const Pointer block = fit->second;
  free.erase(fit);
  return block;
}

Pointer take(size_t bytes, bool constant) {
  Pool& p = pool();
  Recording* r = gpu().recording;
  Pointer block = r && !constant ? takeFrom(r->free, bytes) : 0;
  if (block) {
    r->owned[block].live = true;
  } else {
    block = takeFrom(p.free, bytes);
    if (block) p.pooled -= bytes;
    else block = fresh(p, bytes);
    if (r) {
      r->owned[block] = {bytes, true, constant};
      p.owner[block] = r;
    }
  }
  p.live += bytes;
  p.mostLive = std::max(p.mostLive, p.live);
  p.peak = std::max(p.peak, p.live + p.pooled);
  return block;
}

void give(Pointer block, size_t bytes) {
  Pool& p = pool();
  p.live -= bytes;
  Recording* recording = gpu().recording;
  const auto owner = p.owner.find(block);
  if (owner != p.owner.end()) {
    auto& owned = owner->second->owned[block];
    owned.live = false;
    if (owner->second == recording && !owned.constant) recording->free.emplace(bytes, block);
    return;
  }
  if (recording) {  // it was there before: recorded launches may read it each time
    recording->owned[block] = {bytes, false, true};
    p.owner[block] = recording;
    return;
  }
#ifdef SKY_NO_POOL
  driver().cuMemFree_v2(block);
#else
  p.pooled += bytes;
  p.free.emplace(bytes, block);
#endif
}

void release(const Args& a) {
  Buffer* b = tensorIn(a.info()[0]);
  if (!b) fail("argument 0 is not a native tensor");
  if (!b->data()) fail("a tensor passed in was already disposed");
  b->block.release();
  b->packed.clear();
}

Napi::Value memoryStats(const Args& a) {
  auto out = Napi::Object::New(a.info().Env());
  out.Set("native", double(pool().live));
  out.Set("pooled", double(pool().pooled));
  out.Set("peak", double(pool().peak));
  return out;
}

// What the card was asked for since it was started, and the bytes of pinned memory.
Napi::Value counts(const Args& a) {
  const Gpu& g = gpu();
  auto out = Napi::Object::New(a.info().Env());
  out.Set("launches", double(g.launches));
  out.Set("uploads", double(g.uploads));
  out.Set("downloads", double(g.downloads));
  out.Set("replays", double(g.replays));
  out.Set("pinned", double(pinnedBytes()));
  return out;
}
}  // namespace

Block::Block(size_t bytes) : bytes_(roundedUp(bytes)) { data_ = take(bytes_, false); }

Block Block::constant(size_t bytes) {
  Block b;
  b.bytes_ = roundedUp(bytes);
  b.data_ = take(b.bytes_, true);
  return b;
}

Block& Block::operator=(Block&& other) noexcept {
  if (this != &other) {
    release();
    data_ = other.data_;
    bytes_ = other.bytes_;
    other.data_ = 0;
  }
  return *this;
}

void Block::release() {
  if (data_) give(data_, bytes_);
  data_ = 0;
}

Pointer takeForGood(size_t bytes) { return fresh(pool(), bytes); }

void ownWhileRecording(Pointer block, size_t bytes) {
  Recording* r = gpu().recording;
  if (!r || pool().owner.count(block)) return;
  r->owned[block] = {bytes, true, true};
  pool().owner[block] = r;
}

void Recording::forget() {
  for (const auto& input : inputs) {
    for (int side = 0; side < 2; side++) {
      if (input->copied[side]) driver().cuEventDestroy_v2(input->copied[side]);
      if (input->taken[side]) driver().cuEventDestroy_v2(input->taken[side]);
      if (input->staging[side]) givePinned(input->staging[side]);
    }
  }
  inputs.clear();
  tables.clear();
  Pool& p = pool();
  for (const auto& [block, owned] : owned) {
    p.owner.erase(block);
    if (owned.live) continue;
#ifdef SKY_NO_POOL
    driver().cuMemFree_v2(block);
#else
    p.pooled += owned.bytes;
    p.free.emplace(owned.bytes, block);
#endif
  }
  owned.clear();
}

const napi_type_tag kTensor = {0x6c6174656e74736b, 0x637564612d746e73};

size_t liveBytes() { return pool().live; }

void noteArgument(Buffer& b) { ownWhileRecording(b.block.data(), b.block.bytes()); }

std::string inWords(const std::exception& error) { return error.what(); }

void addMemory(Napi::Env env, Napi::Object exports) {
  addAlloc(env, exports);
  addKernel(env, exports, "free", release);
  addAnswer(env, exports, "memoryStats", memoryStats);
  addAnswer(env, exports, "counts", counts);
}
}  // namespace sky
