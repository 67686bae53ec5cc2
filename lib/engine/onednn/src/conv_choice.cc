#include "conv_choice.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

namespace sky {
namespace {
struct Choices {
  std::map<std::vector<int64_t>, bool> ours;
  std::string path;
};

Choices& choices() {
  static auto* instance = new Choices;
  return *instance;
}

double seconds(const std::function<void()>& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// FNV-1a, in eight hexadecimal digits.
std::string sum(const std::string& text) {
  uint32_t hash = 2166136261u;
  for (unsigned char c : text) hash = (hash ^ c) * 16777619u;
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", hash);
  return digits;
}

// A line is the key's numbers, "=", 1 for ours or 0 for oneDNN's, and the sum of all that. One that was cut short by a
// kill or a full disk, and whatever another process wrote behind it, does not have its sum and is left out.
void read() {
  std::ifstream file(choices().path);
  for (std::string line; std::getline(file, line);) {
    const size_t equals = line.find('=');
    if (equals == std::string::npos || line.size() != equals + 11 || line[equals + 2] != ' ') continue;
    if (line.substr(equals + 3) != sum(line.substr(0, equals + 2))) continue;
    std::istringstream numbers(line.substr(0, equals));
    std::vector<int64_t> key;
    for (int64_t v; numbers >> v;) key.push_back(v);
    choices().ours.emplace(key, line[equals + 1] == '1');
  }
}

void append(const std::vector<int64_t>& key, bool ours) {
  std::ostringstream line;
  for (int64_t v : key) line << v << ' ';
  line << '=' << int(ours);
  // On a line of its own also where the last one was cut short. Where the folder cannot be written the choice lasts as
  // long as the process.
  std::ofstream(choices().path, std::ios::app) << '\n' + line.str() + ' ' + sum(line.str()) + '\n';
}
}  // namespace

void rememberChoicesIn(const std::string& path) {
  if (choices().path == path) return;
  choices().path = path;
  choices().ours.clear();
  read();
}

bool oursIsFaster(const std::vector<int64_t>& key, const std::function<void()>& ours,
                  const std::function<void()>& theirs) {
  const auto find = [&] {
    const auto found = choices().ours.find(key);
    return found == choices().ours.end() ? nullptr : &found->second;
  };
  if (!find() && !choices().path.empty()) read();  // another process may have measured it
  if (const bool* known = find()) return *known;
  ours();
  theirs();  // both have compiled and packed what they need
  double mine = 1e9, other = 1e9;
  for (int i = 0; i < 3; i++) {
    mine = std::min(mine, seconds(ours));
    other = std::min(other, seconds(theirs));
  }
  const bool faster = mine <= other;
  choices().ours.emplace(key, faster);
  if (!choices().path.empty()) append(key, faster);
  return faster;
}
}  // namespace sky
