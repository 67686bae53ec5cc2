{
  "variables": { "sanitize%": "0" },
  "targets": [
    {
      "target_name": "turbo_jpeg",
      "sources": ["src/turbo-jpeg.cc"],
      "include_dirs": ["<!@(node -p \"require('node-addon-api').include\")"],
      "defines": ["NAPI_CPP_EXCEPTIONS", "NAPI_VERSION=8"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions"],
      "cflags_cc": ["-std=gnu++17", "-fexceptions"],
      "libraries": ["-lturbojpeg"],
      "conditions": [
        [
          "sanitize==1",
          {
            "cflags_cc": ["-fsanitize=address", "-fno-omit-frame-pointer", "-g", "-O1"],
            "ldflags": ["-fsanitize=address"]
          }
        ]
      ]
    }
  ]
}
