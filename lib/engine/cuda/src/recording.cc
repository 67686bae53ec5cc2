// Recordings: a step's launches caught once, then run again as one, with new arrays from JavaScript.
//
// While a recording is made nothing runs. Memory that its launches use is its own from then on: what they leave in a
// block is only good until the next launch that takes it, so nobody else may keep anything there.
#include <cstring>

#include "common.h"

namespace sky {
namespace {

// beginRecording(): what follows is recorded and not run
void begin(const Args&) {
  Gpu& g = gpu();
  if (g.recording) fail("a recording is being made already");
  check(driver().cuStreamSynchronize(g.stream), "a recording");
  g.epoch++;  // so that weights are packed within the recording
  constexpr int kRelaxed = 2;
  check(driver().cuStreamBeginCapture_v2(g.stream, kRelaxed), "a recording");
  g.recording = new Recording;
}

// The launches caught; null where the driver gave up on them.
Graph caught(Gpu& g) {
  Graph graph = nullptr;
  const Result r = driver().cuStreamEndCapture(g.stream, &graph);
  g.epoch++;  // what was packed in the recording has not been packed yet
  check(r, "the end of a recording");
  return graph;
}

// The inputs in the order of `arrays`, the very arrays that were read; one that was not read has no place.
void order(Recording& r, const Napi::Value& arrays) {
  if (!arrays.IsArray()) fail("argument 0 is not a list of typed arrays");
  const auto list = arrays.As<Napi::Array>();
  std::vector<std::unique_ptr<Recording::Input>> ordered(list.Length());
  size_t found = 0;
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Napi::Value v = list[i];
    if (!v.IsTypedArray()) fail("an array of the recording is not a typed array");
    const auto array = v.As<Napi::TypedArray>();
    const void* first = static_cast<const uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
    for (auto& input : r.inputs) {
      if (input && input->first == first && input->bytes == array.ByteLength()) {
        ordered[i] = std::move(input);
        found++;
        break;
      }
    }
    if (!ordered[i]) fail("array " + std::to_string(i) + " was not read by the recorded step");
  }
  if (found != r.inputs.size()) fail("the recorded step read an array that is not among its inputs");
  r.inputs = std::move(ordered);
}

constexpr napi_type_tag kRecording = {0x6c6174656e74736b, 0x637564612d726563};  // a tensor is no recording

// endRecording(arrays): the recording, to be replayed with other arrays in the place of these
Napi::Value end(const Args& a) {
  Gpu& g = gpu();
  if (!g.recording) fail("no recording is being made");
  order(*g.recording, a.info()[0]);
  std::unique_ptr<Recording> r(g.recording);
  g.recording = nullptr;
  Graph graph = caught(g);
  const Result made = driver().cuGraphInstantiateWithFlags(&r->exec, graph, 0);
  driver().cuGraphDestroy(graph);
  check(made, "a recording");
  r->free.clear();
  const auto external = Napi::External<Recording>::New(a.info().Env(), r.release(), [](Napi::Env, Recording* p) {
    if (p->exec) driver().cuGraphExecDestroy(p->exec);
    delete p;
  });
  external.TypeTag(&kRecording);
  return external;
}

// abandonRecording(): after an error in its midst
void abandon(const Args&) {
  Gpu& g = gpu();
  if (!g.recording) return;
  std::unique_ptr<Recording> r(g.recording);
  g.recording = nullptr;
  Graph graph = caught(g);
  if (graph) driver().cuGraphDestroy(graph);
}

Recording& recordingOf(const Args& a) {
  if (!a.info()[0].IsExternal()) fail("argument 0 is not a recording");
  const auto external = a.info()[0].As<Napi::External<Recording>>();
  if (!external.CheckTypeTag(&kRecording)) fail("argument 0 is not a recording");
  Recording& r = *external.Data();
  if (!r.exec) fail("the recording was dropped already");
  return r;
}

// Brings an array to its slot: over on the copy stream while the card works on the last step, into place in order.
void bring(Recording::Input& input, const void* data, int side) {
  Gpu& g = gpu();
  Driver& d = driver();
  constexpr unsigned kNoTiming = 2, kNoSpin = 1;
  for (Event* e : {&input.copied[side], &input.taken[side]}) {
    if (!*e) check(d.cuEventCreate(e, kNoTiming | kNoSpin), "an event");
    else if (e == &input.copied[side]) check(d.cuEventSynchronize(*e), "an upload");  // that of two runs ago
    else check(d.cuStreamWaitEvent(g.copies, *e, 0), "an upload");
  }
  if (!isPinned(data, input.bytes)) {
    if (!input.staging[side]) input.staging[side] = takePinned(input.bytes);
    std::memcpy(input.staging[side], data, input.bytes);
    data = input.staging[side];
  }
  const Pointer landing = input.landing[side].data();
  check(d.cuMemcpyHtoDAsync_v2(landing, data, input.bytes, g.copies), "an upload");
  check(d.cuEventRecord(input.copied[side], g.copies), "an upload");
  check(d.cuStreamWaitEvent(g.stream, input.copied[side], 0), "an upload");
  check(d.cuMemcpyDtoDAsync_v2(input.slot.data(), landing, input.bytes, g.stream), "an upload");
  check(d.cuEventRecord(input.taken[side], g.stream), "an upload");
  g.uploads++;
}

// replay(recording, arrays): runs it with these arrays in place of those it was recorded with, in their order. An array
// in host memory (`hostMemory`) must stay as it is until something that the run gives was downloaded.
void replay(const Args& a) {
  Gpu& g = gpu();
  Recording& r = recordingOf(a);
  if (g.recording) fail("a recording is being made: nothing can be replayed meanwhile");
  if (!a.info()[1].IsArray()) fail("argument 1 is not a list of typed arrays");
  const auto list = a.info()[1].As<Napi::Array>();
  if (list.Length() != r.inputs.size()) {
    fail("the recording has " + std::to_string(r.inputs.size()) + " arrays, not " + std::to_string(list.Length()));
  }
  std::vector<const void*> data;
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Napi::Value v = list[i];
    if (!v.IsTypedArray()) fail("array " + std::to_string(i) + " of the recording is not a typed array");
    const auto array = v.As<Napi::TypedArray>();
    if (array.ByteLength() != r.inputs[i]->bytes) {
      fail("array " + std::to_string(i) + " of the recording has " + std::to_string(r.inputs[i]->bytes) +
           " bytes, not " + std::to_string(array.ByteLength()));
    }
    data.push_back(static_cast<const uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset());
  }
  for (size_t i = 0; i < data.size(); i++) bring(*r.inputs[i], data[i], int(r.runs % 2));
  check(driver().cuGraphLaunch(r.exec, g.stream), "a recorded step");
  r.runs++;
  g.epoch++;
  g.replays++;
}

// dropRecording(recording): its memory goes back to the pool
void drop(const Args& a) {
  Recording& r = recordingOf(a);
  check(driver().cuStreamSynchronize(gpu().stream), "the end of a recording");
  check(driver().cuGraphExecDestroy(r.exec), "the end of a recording");
  r.exec = nullptr;
  r.forget();
}
}  // namespace

void refuseWhileRecording(const char* what) {
  if (gpu().recording) fail(std::string("a recorded step cannot ") + what);
}

void addRecording(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "beginRecording", begin);
  addAnswer(env, exports, "endRecording", end);
  addKernel(env, exports, "abandonRecording", abandon);
  addKernel(env, exports, "replay", replay);
  addKernel(env, exports, "dropRecording", drop);
}
}  // namespace sky
