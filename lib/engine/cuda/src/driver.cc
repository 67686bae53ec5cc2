#include "driver.h"

#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>

namespace sky {
namespace {
// The loader's own search, then where WSL, NVIDIA's container toolkit and distributions put it.
const char* const kPlaces[] = {"libcuda.so.1",
                               "/usr/lib/wsl/lib/libcuda.so.1",
                               "/usr/local/nvidia/lib64/libcuda.so.1",
                               "/usr/lib/x86_64-linux-gnu/libcuda.so.1",
                               "/usr/lib/x86_64-linux-gnu/nvidia/current/libcuda.so.1",
                               "/usr/lib64/libcuda.so.1",
                               "/run/opengl-driver/lib/libcuda.so.1"};

void* openLibrary() {
  if (const char* chosen = setting("LATENT_SKY_CUDA_DRIVER")) {
    void* library = dlopen(chosen, RTLD_NOW | RTLD_LOCAL);
    if (!library) throw std::runtime_error(std::string("LATENT_SKY_CUDA_DRIVER does not load: ") + dlerror());
    return library;
  }
  for (const char* place : kPlaces) {
    if (void* library = dlopen(place, RTLD_NOW | RTLD_LOCAL)) return library;
  }
  throw std::runtime_error("no NVIDIA driver on this machine (libcuda.so.1)");
}

std::string& dead() {
  static auto* text = new std::string;
  return *text;
}

// Illegal address or instruction, time-out, assertion, hardware stack error, misaligned address, invalid address space
// or program counter, launch failure, uncorrectable memory error, and what comes of a card that fell off the bus.
bool isSticky(Result r) { return r == 700 || r == 702 || r == 710 || (r >= 714 && r <= 719) || r == 214 || r == 999; }
}  // namespace

Driver& driver() {
  static Driver* loaded = nullptr;
  if (loaded) return *loaded;
  static void* library = openLibrary();
  auto* d = new Driver;
#define SKY_FIND(name, ...)                                                                        \
  d->name = reinterpret_cast<std::add_pointer_t<__VA_ARGS__>>(dlsym(library, #name));              \
  if (!d->name) {                                                                                  \
    delete d;                                                                                      \
    throw std::runtime_error("the NVIDIA driver is too old (no " #name "): install 470 or newer"); \
  }
  SKY_DRIVER(SKY_FIND)
#undef SKY_FIND
  return *(loaded = d);
}

std::string inWords(Result error) {
  const char* text = nullptr;
  driver().cuGetErrorString(error, &text);
  return std::string(text ? text : "unknown error") + " (CUDA error " + std::to_string(error) + ")";
}

const char* setting(const char* name) {
  const char* text = std::getenv(name);
  return text && *text ? text : nullptr;
}

void check(Result result, const char* what) {
  if (!dead().empty()) throw std::runtime_error(dead());
  if (result == 0) return;
  const std::string reason = std::string(what) + ": " + inWords(result);
  if (!isSticky(result)) throw std::runtime_error(reason);
  dead() = "the GPU stopped (" + reason + ") and what it held is lost: restart the kernel or the process";
  throw std::runtime_error(dead());
}
}  // namespace sky
