{
  "variables": { "sanitize%": "0" },
  "targets": [
    {
      "target_name": "numeric",
      "sources": ["<!@(node -p \"require('fs').readdirSync('src').filter(f => f.endsWith('.cc')).map(f => 'src/' + f).join(' ')\")"],
      "include_dirs": ["<!@(node -p \"require('node-addon-api').include\")"],
      "defines": ["NAPI_CPP_EXCEPTIONS", "NAPI_VERSION=8"],
      "cflags!": ["-O2", "-fno-exceptions"],
      "cflags_cc!": ["-O2", "-fno-exceptions", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-O3", "-march=native", "-std=gnu++17", "-fexceptions", "-fopenmp", "-Wno-psabi"],
      "libraries": ["-lgomp"],
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
