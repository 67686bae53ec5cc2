// Which convolution is the faster one for a shape, ours or oneDNN's: measured at its first use and remembered.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sky {
// Whether `ours` beats `theirs` for what `key` names. At the key's first use both run a few times; each run must leave
// the same result behind.
bool oursIsFaster(const std::vector<int64_t>& key, const std::function<void()>& ours,
                  const std::function<void()>& theirs);

// Keeps what was measured in a file, a line a shape, so that a machine computes the same in every process. Any number
// of processes may add to it and be killed while they do: a line that is not whole is not read.
void rememberChoicesIn(const std::string& path);
}  // namespace sky
