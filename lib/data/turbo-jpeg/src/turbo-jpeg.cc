// libjpeg-turbo for lib/data/turbo-jpeg/turbo-jpeg.ts: one JPEG, decoded in a thread of Node's pool into given memory.
#include <napi.h>
#include <turbojpeg.h>

#include <cmath>
#include <memory>

namespace {

struct Destroy {
  void operator()(tjhandle handle) const { tjDestroy(handle); }
};
typedef std::unique_ptr<void, Destroy> Decoder;

/** One a thread: making one takes as long as decoding a small image. */
tjhandle decoder() {
  static thread_local Decoder mine(tjInitDecompress());
  return mine.get();
}

/** Promises whether the image decoded without a warning; `in` and `out` stay alive, and untouched by JS, until then. */
class Decoding : public Napi::AsyncWorker {
 public:
  Decoding(Napi::Env env, Napi::Uint8Array in, Napi::Uint8Array out, int width, int height, int channels)
      : AsyncWorker(env, "decode"),
        promised(Napi::Promise::Deferred::New(env)),
        inReference(Napi::Persistent(in.As<Napi::Object>())),
        outReference(Napi::Persistent(out.As<Napi::Object>())),
        in(in.Data()),
        length(in.ByteLength()),
        out(out.Data()),
        width(width),
        height(height),
        channels(channels) {}

  void Execute() override {
    tjhandle handle = decoder();
    int w = 0, h = 0, subsampling = 0, space = 0;
    if (!handle || tjDecompressHeader3(handle, in, length, &w, &h, &subsampling, &space) != 0) return;
    // The caller made room for what it read in the header; whatever else this file claims is not written there.
    if (w != width || h != height || (space == TJCS_GRAY) != (channels == 1)) return;
    const int format = channels == 1 ? TJPF_GRAY : TJPF_RGB;
    const int flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
    whole = tjDecompress2(handle, in, length, out, w, 0, h, format, flags) == 0;
  }

  void OnOK() override { promised.Resolve(Napi::Boolean::New(Env(), whole)); }
  void OnError(const Napi::Error& error) override { promised.Reject(error.Value()); }

  Napi::Promise::Deferred promised;

 private:
  Napi::ObjectReference inReference, outReference;
  const uint8_t* in;
  size_t length;
  uint8_t* out;
  int width, height, channels;
  bool whole = false;
};

Napi::Uint8Array bytes(const Napi::CallbackInfo& info, size_t i) {
  if (!info[i].IsTypedArray() || info[i].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(info.Env(), "decodeJpeg: argument " + std::to_string(i) + " must be a Uint8Array.");
  return info[i].As<Napi::Uint8Array>();
}

/** A side of a JPEG, or its channels. */
int size(const Napi::CallbackInfo& info, size_t i) {
  const double x = info[i].IsNumber() ? info[i].As<Napi::Number>().DoubleValue() : 0;
  if (!(x >= 1 && x <= 65535) || x != std::floor(x))
    throw Napi::TypeError::New(info.Env(), "decodeJpeg: argument " + std::to_string(i) + " must be from 1 to 65535.");
  return static_cast<int>(x);
}

/** decode(bytes, out, width, height, channels) -> Promise of true, or of false where another decoder should judge. */
Napi::Value decode(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array in = bytes(info, 0), out = bytes(info, 1);
  const int width = size(info, 2), height = size(info, 3), channels = size(info, 4);
  if ((channels != 1 && channels != 3) || out.ByteLength() != static_cast<size_t>(width) * height * channels)
    throw Napi::TypeError::New(info.Env(), "decodeJpeg: argument 1 must have width x height x 1 or 3 bytes.");
  auto* decoding = new Decoding(info.Env(), in, out, width, height, channels);
  const Napi::Promise promise = decoding->promised.Promise();
  decoding->Queue();
  return promise;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("decode", Napi::Function::New(env, decode, "decode"));
  return exports;
}
}  // namespace

NODE_API_MODULE(turbo_jpeg, init)
