// Tensors of a native engine as JavaScript holds them.
#include <cstdlib>

#include "common.h"

namespace sky {
size_t sizeOf(Type type) { return type == Type::F32 ? 4 : type == Type::BF16 ? 2 : 1; }

Napi::Value tensorFor(Napi::Env env, std::unique_ptr<Buffer> buffer) {
  auto external = Napi::External<Buffer>::New(env, buffer.release(), [](Napi::Env, Buffer* b) { delete b; });
  external.TypeTag(&kTensor);
  return external;
}

Buffer* tensorIn(const Napi::Value& value) {
  if (!value.IsExternal()) return nullptr;
  const auto external = value.As<Napi::External<Buffer>>();
  return external.CheckTypeTag(&kTensor) ? external.Data() : nullptr;
}

// V8 collects forgotten tensors sooner when it knows what hangs on them; told in coarse steps, because every change
// may start a collection.
static void tellCollector(Napi::Env env) {
  static int64_t told = 0;
  const int64_t change = int64_t(liveBytes()) - told;
  if (std::llabs(change) < (int64_t(256) << 20)) return;
  told += change;
  Napi::MemoryManagement::AdjustExternalMemory(env, change);
}

static Napi::Value alloc(const Args& a) {
  const double count = a.number(0), storage = a.number(1);
  if (storage != 0 && storage != 1 && storage != 2) fail("unknown storage type");
  if (!(count >= 1) || count > 1e14) fail("a tensor needs at least one value");
  auto buffer = std::make_unique<Buffer>();
  buffer->count = size_t(count);
  buffer->type = Type(int(storage));
  buffer->block = Block(buffer->count * sizeOf(buffer->type));
  tellCollector(a.info().Env());
  return tensorFor(a.info().Env(), std::move(buffer));
}

void addAlloc(Napi::Env env, Napi::Object exports) { addAnswer(env, exports, "alloc", alloc); }
}  // namespace sky
