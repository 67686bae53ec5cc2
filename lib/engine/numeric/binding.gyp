{
  "variables": {
    # Clang brings OpenMP's header and library as a package of its own: without it the loops run on one thread.
    "openmp%": "<!(echo | ${CXX:-c++} -x c++ -fopenmp -include omp.h -fsyntax-only - 2>/dev/null && echo 1 || echo 0)"
  },
  "targets": [
    {
      "target_name": "numeric",
      "sources": ["<!@(node -p \"require('fs').readdirSync('src').filter(f => f.endsWith('.cc')).map(f => 'src/' + f).join(' ')\")"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_CPP_EXCEPTIONS", "NAPI_VERSION=8"],
      "cflags!": ["-O2", "-fno-exceptions"],
      "cflags_cc!": ["-O2", "-fno-exceptions", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-O3", "-std=c++17", "-fexceptions", "-Wno-psabi"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "CLANG_CXX_LIBRARY": "libc++",
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "MACOSX_DEPLOYMENT_TARGET": "12.0"
      },
      "conditions": [
        ["target_arch=='x64'", { "cflags_cc": ["-march=native"] }],
        ["openmp==1", { "cflags_cc": ["-fopenmp"], "ldflags": ["-fopenmp"] }, { "cflags_cc": ["-Wno-unknown-pragmas"] }]
      ]
    }
  ]
}
