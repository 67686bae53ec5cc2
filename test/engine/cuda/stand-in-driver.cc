// A libcuda.so.1 for machines without a GPU: memory is the CPU's, and a launch runs the engine's own kernel sources
// through the emulator. So the addon, its argument packing, the kernels and everything above them run whole, on small
// tensors. What a card would answer is set by the environment:
//
//   FAKE_GPU_LATE=1        work on a stream is done when somebody waits for it, copies of a block at their wait
//   FAKE_GPU_BYTES=n       memory of the card (default 1 GiB)
//   FAKE_GPU_DRIVER=n      version of the driver, 1000 * major + 10 * minor (default 13000)
//   FAKE_GPU_CAPABILITY=n  compute capability times ten (default 90 where it is built with the products of warpgroups,
//                          else 89)
//   FAKE_GPU_COUNT=n       number of cards (default 1)
//   FAKE_GPU_FAILS=n       what cuInit returns
//   FAKE_GPU_LOADS=n       what loading the kernels returns
//   FAKE_GPU_STICKY=name   the kernel that meets an illegal address: from then on every call fails
//
// As on a card, a thread has the context that it set current, and a driver takes PTX up to its own version.
#include <mutex>

#include "../../../lib/engine/cuda/kernels/kernels.cu"

namespace {
using Work = std::function<void()>;
struct Graph {
  std::vector<Work> work;
};
struct Stream {
  std::deque<Work> queue;
  Graph* capturing = nullptr;
};
struct Event {
  Stream* stream = nullptr;
  int recorded = 0, done = 0;
};

long setting(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtol(text, nullptr, 10) : otherwise;
}

const bool late = std::getenv("FAKE_GPU_LATE") != nullptr;
size_t used = 0;
int sticky = 0;
int retained = 0;
thread_local void* current = nullptr;
std::map<unsigned long long, size_t> live;
std::map<const char*, size_t> pinned;
std::map<const emulator::Kernel*, int> sharedLimit;
std::vector<Stream*> streams;

bool isPinned(const void* p) {
  auto after = pinned.upper_bound(static_cast<const char*>(p));
  if (after == pinned.begin()) return false;
  --after;
  return static_cast<const char*>(p) < after->first + after->second;
}
// Downloads that do not stop JavaScript wait in threads of their own.
std::recursive_mutex lock;
using Lock = std::lock_guard<std::recursive_mutex>;

bool step(Stream* s) {
  const Lock held(lock);
  if (s->queue.empty()) return false;
  const Work work = std::move(s->queue.front());
  s->queue.pop_front();
  work();
  return true;
}
void flush(Stream* s) {
  while (step(s)) {
  }
}
int add(void* stream, Work work) {
  if (!current) return 201;
  const Lock held(lock);
  auto* s = static_cast<Stream*>(stream);
  if (s->capturing) s->capturing->work.push_back(std::move(work));
  else if (late) s->queue.push_back(std::move(work));
  else work();
  return sticky;
}
bool inside(unsigned long long p, size_t n) {
  auto after = live.upper_bound(p);
  if (after == live.begin()) return false;
  --after;
  return p + n <= after->first + after->second;
}
}  // namespace

extern "C" {
int cuInit(unsigned) { return int(setting("FAKE_GPU_FAILS", 0)); }
int cuDriverGetVersion(int* v) {
  *v = int(setting("FAKE_GPU_DRIVER", 13000));
  return 0;
}
int cuDeviceGetCount(int* n) {
  *n = int(setting("FAKE_GPU_COUNT", 1));
  return 0;
}
int cuDeviceGet(int* d, int) {
  *d = 0;
  return 0;
}
int cuDeviceGetName(char* name, int, int) {
  std::strcpy(name, "emulated GPU");
  return 0;
}
int cuDeviceGetAttribute(int* v, int what, int) {
#ifdef SKY_WARPGROUPS
  const long capability = setting("FAKE_GPU_CAPABILITY", 90);
#else
  const long capability = setting("FAKE_GPU_CAPABILITY", 89);
#endif
  *v = int(what == 75 ? capability / 10 : what == 76 ? capability % 10 : what == 16 ? 4 : 0);
  return 0;
}
int cuDevicePrimaryCtxRetain(void** c, int) {
  *c = &used;
  retained++;
  return 0;
}
int cuDevicePrimaryCtxRelease_v2(int) {
  if (retained == 0) return 201;
  if (--retained > 0) return 0;
  current = nullptr;
  for (Stream* s : streams) delete s;
  streams.clear();
  return 0;
}
int cuCtxSetCurrent(void* c) {
  current = c;
  return sticky;
}
int cuStreamCreate(void** s, unsigned) {
  if (!current) return 201;
  streams.push_back(new Stream);
  *s = streams.back();
  return 0;
}
int cuStreamSynchronize(void* s) {
  if (static_cast<Stream*>(s)->capturing) return 900;
  flush(static_cast<Stream*>(s));
  return sticky;
}
int cuEventCreate(void** e, unsigned) {
  *e = new Event;
  return 0;
}
int cuEventDestroy_v2(void* e) {
  delete static_cast<Event*>(e);
  return 0;
}
int cuEventRecord(void* event, void* stream) {
  auto* e = static_cast<Event*>(event);
  e->stream = static_cast<Stream*>(stream);
  const int number = ++e->recorded;
  return add(stream, [e, number] { e->done = number; });
}
int cuEventSynchronize(void* event) {
  const Lock held(lock);
  auto* e = static_cast<Event*>(event);
  while (e->done < e->recorded && step(e->stream)) {
  }
  return sticky;
}
int cuStreamWaitEvent(void* stream, void* event, unsigned) {
  auto* e = static_cast<Event*>(event);
  const int number = e->recorded;
  return add(stream, [e, number] {
    while (e->done < number && step(e->stream)) {
    }
  });
}
int cuMemGetInfo_v2(size_t* f, size_t* t) {
  *t = size_t(setting("FAKE_GPU_BYTES", 1l << 30)), *f = *t - used;
  return sticky;
}
int cuMemAlloc_v2(unsigned long long* p, size_t n) {
  if (sticky) return sticky;
  if (!current) return 201;
  if (used + n > size_t(setting("FAKE_GPU_BYTES", 1l << 30))) return 2;
  void* m = nullptr;
  if (posix_memalign(&m, 512, n)) return 2;
  std::memset(m, 0xff, n);  // poison: NaN
  *p = reinterpret_cast<unsigned long long>(m), used += n, live[*p] = n;
  return 0;
}
int cuMemFree_v2(unsigned long long p) {
  if (!live.count(p)) return 1;
  for (Stream* s : streams) flush(s);
  used -= live[p], live.erase(p);
  std::free(reinterpret_cast<void*>(p));
  return sticky;
}
int cuMemHostAlloc(void** p, size_t n, unsigned) {
  if (!current) return 201;
  *p = std::malloc(n);
  pinned[static_cast<char*>(*p)] = n;
  return sticky;
}
int cuMemFreeHost(void* p) {
  for (Stream* s : streams) flush(s);
  pinned.erase(static_cast<char*>(p));
  std::free(p);
  return sticky;
}
int cuMemcpyHtoDAsync_v2(unsigned long long to, const void* from, size_t n, void* stream) {
  if (!inside(to, n)) return 1;
  if (static_cast<Stream*>(stream)->capturing && !isPinned(from)) return 900;
  auto* target = reinterpret_cast<char*>(to);
  if (isPinned(from)) return add(stream, [=] { std::memcpy(target, from, n); });  // reads when the copy is done
  const std::string kept(static_cast<const char*>(from), n);                      // pageable: read at once
  return add(stream, [=] { std::memcpy(target, kept.data(), n); });
}
int cuMemcpyDtoHAsync_v2(void* to, unsigned long long from, size_t n, void* stream) {
  if (!inside(from, n)) return 1;
  if (static_cast<Stream*>(stream)->capturing && !isPinned(to)) return 900;
  add(stream, [=] { std::memcpy(to, reinterpret_cast<void*>(from), n); });
  if (!isPinned(to)) flush(static_cast<Stream*>(stream));
  return sticky;
}
int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from, size_t n, void* stream) {
  if (!inside(to, n) || !inside(from, n)) return 1;
  return add(stream, [=] { std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), n); });
}
int cuMemsetD8Async(unsigned long long to, unsigned char value, size_t n, void* stream) {
  if (!inside(to, n)) return 1;
  return add(stream, [=] { std::memset(reinterpret_cast<void*>(to), value, n); });
}
int cuModuleLoadDataEx(void** m, const void* text, unsigned, int*, void**) {
  *m = &live;
  const char* version = std::strstr(static_cast<const char*>(text), ".version ");
  int major = 0, minor = 0, cuda = 0;
  if (const int failure = int(setting("FAKE_GPU_LOADS", 0))) return failure;
  if (!version || std::sscanf(version, ".version %d.%d", &major, &minor) != 2) return 218;
  cuDriverGetVersion(&cuda);
  // CUDA 11.x takes PTX 7.x, 12.x takes at least 8.x.
  return 10 * major + minor > (cuda / 1000 - 4) * 10 + cuda % 1000 / 10 ? 222 : 0;
}
int cuModuleGetFunction(void** f, void*, const char* name) {
  const auto k = emulator::kernels().find(name);
  if (k == emulator::kernels().end()) return 500;
  *f = &k->second;
  return sticky;
}
int cuFuncSetAttribute(void* f, int what, int bytes) {
  if (what != 8 || bytes > 227 << 10) return 1;
  sharedLimit[static_cast<emulator::Kernel*>(f)] = bytes;
  return sticky;
}
int cuLaunchKernel(void* f, unsigned gx, unsigned gy, unsigned gz, unsigned threads, unsigned ty, unsigned tz,
                   unsigned shared, void* stream, void** args, void**) {
  const auto* kernel = static_cast<emulator::Kernel*>(f);
  const auto allowed = sharedLimit.find(kernel);
  const unsigned limit = allowed == sharedLimit.end() ? 48 << 10 : unsigned(allowed->second);
  if (!gx || !gy || !gz || gy > 65535 || gz > 65535 || ty != 1 || tz != 1 || int(threads) != kernel->threads) return 1;
  if (shared > limit) return 1;
  if (sticky) return sticky;
  const char* breaks = std::getenv("FAKE_GPU_STICKY");
  const bool broken = breaks && kernel->name == breaks;
  const Work body = kernel->bind(args);
  return add(stream, [=] {
    if (broken) sticky = 700;
    if (sticky) return;
    emulator::late = late;
    emulator::run(int(threads), shared, {gx, gy, gz}, body);
  });
}
int cuStreamBeginCapture_v2(void* stream, int) {
  auto* s = static_cast<Stream*>(stream);
  if (s->capturing) return 1;
  flush(s);
  s->capturing = new Graph;
  return sticky;
}
int cuStreamEndCapture(void* stream, void** graph) {
  auto* s = static_cast<Stream*>(stream);
  if (!s->capturing) return 1;
  *graph = s->capturing;
  s->capturing = nullptr;
  return sticky;
}
int cuGraphInstantiateWithFlags(void** exec, void* graph, unsigned long long) {
  *exec = new Graph(*static_cast<Graph*>(graph));
  return sticky;
}
int cuGraphDestroy(void* graph) {
  delete static_cast<Graph*>(graph);
  return 0;
}
int cuGraphExecDestroy(void* exec) {
  for (Stream* s : streams) flush(s);
  delete static_cast<Graph*>(exec);
  return 0;
}
int cuGraphLaunch(void* exec, void* stream) {
  if (sticky) return sticky;
  for (const Work& work : static_cast<Graph*>(exec)->work) add(stream, work);
  return sticky;
}
int cuGetErrorString(int e, const char** text) {
  *text = e == 2     ? "out of memory"
          : e == 500 ? "named symbol not found"
          : e == 700 ? "an illegal memory access"
                     : "invalid value";
  return 0;
}
}
