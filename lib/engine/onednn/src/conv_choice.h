// Which convolution is the fastest for a shape, oneDNN's or one of ours: measured at its first use and remembered.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sky {
// The index of the fastest of `ways` for what `key` names; an empty one is not possible there. At the key's first use
// all run a few times; each run must leave the same result behind.
size_t fastest(const std::vector<int64_t>& key, const std::vector<std::function<void()>>& ways);

// Keeps what was measured in a file, a line a shape, so that a machine computes the same in every process. Any number
// of processes may add to it and be killed while they do: a line that is not whole is not read.
void rememberChoicesIn(const std::string& path);
}  // namespace sky
