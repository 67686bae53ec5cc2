{
  "targets": [
    {
      "target_name": "latent_sky_cuda",
      "sources": [
        "../native/src/arguments.cc",
        "../native/src/calls.cc",
        "../native/src/tensor.cc",
        "src/augment.cc",
        "src/batch_norm.cc",
        "src/conv.cc",
        "src/device.cc",
        "src/driver.cc",
        "src/elementwise.cc",
        "src/memory.cc",
        "src/optimizer.cc",
        "src/pooling.cc",
        "src/product.cc",
        "src/recording.cc",
        "src/reduce.cc",
        "src/transfer.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "src", "../native/src"],
      "defines": ["NAPI_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-O3"],
      "cflags_cc": ["-O2", "-std=c++17", "-fexceptions", "-Wall", "-Wextra", "-Wno-unused-parameter"],
      "libraries": ["-ldl"]
    }
  ]
}
