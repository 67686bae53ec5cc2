{
  "targets": [
    {
      "target_name": "latent_sky_onednn",
      "sources": [
        "../native/src/arguments.cc",
        "../native/src/calls.cc",
        "../native/src/tensor.cc",
        "src/addon.cc",
        "src/memory.cc",
        "src/conv.cc",
        "src/conv_choice.cc",
        "src/tile_product.cc",
        "src/tile_conv.cc",
        "src/tile_weights.cc",
        "src/winograd.cc",
        "src/winograd_f32.cc",
        "src/winograd_f32_gradient.cc",
        "src/winograd_bf16.cc",
        "src/matmul.cc",
        "src/batch_norm.cc",
        "src/pooling.cc",
        "src/elementwise.cc",
        "src/reduce.cc",
        "src/copy.cc",
        "src/augment.cc",
        "src/optimizer.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "src", "../native/src"],
      "defines": ["NAPI_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-fno-rtti", "-O3"],
      "cflags_cc": [
        "-O3",
        "-std=c++17",
        "-fexceptions",
        "-frtti",
        "-fno-math-errno",
        "-fno-trapping-math",
        "-Wall",
        "-Wextra",
        "-Wno-unused-parameter",
        "-Wno-maybe-uninitialized"
      ],
      "libraries": ["-ldnnl"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "CLANG_CXX_LIBRARY": "libc++",
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_ENABLE_CPP_RTTI": "YES",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "MACOSX_DEPLOYMENT_TARGET": "12.0",
        "OTHER_CPLUSPLUSFLAGS": ["-fno-math-errno", "-fno-trapping-math"]
      },
      "conditions": [
        ["OS=='linux'", { "libraries": ["-l:libgomp.so.1"] }],
        ["target_arch=='x64'", { "cflags_cc": ["-march=native", "-mprefer-vector-width=512"] }]
      ]
    }
  ]
}
