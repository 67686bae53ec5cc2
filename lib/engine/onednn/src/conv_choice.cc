#include "conv_choice.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

namespace sky {
namespace {
struct Choices {
  std::map<std::vector<int64_t>, size_t> fastest;
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

// A line is the key's numbers, "=", the number of the fastest way, a digit, and the sum of all that. One that was cut short by a
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
    choices().fastest.emplace(key, line[equals + 1] - '0');
  }
}

void append(const std::vector<int64_t>& key, size_t way) {
  std::ostringstream line;
  for (int64_t v : key) line << v << ' ';
  line << '=' << way;
  // On a line of its own also where the last one was cut short. Where the folder cannot be written the choice lasts as
  // long as the process.
  std::ofstream(choices().path, std::ios::app) << '\n' + line.str() + ' ' + sum(line.str()) + '\n';
}
}  // namespace

void rememberChoicesIn(const std::string& path) {
  if (choices().path == path) return;
  choices().path = path;
  choices().fastest.clear();
  read();
}

size_t fastest(const std::vector<int64_t>& key, const std::vector<std::function<void()>>& ways) {
  const auto known = [&] {
    const auto found = choices().fastest.find(key);
    const bool possible = found != choices().fastest.end() && found->second < ways.size() && ways[found->second];
    return possible ? &found->second : nullptr;
  };
  if (!known() && !choices().path.empty()) read();  // another process may have measured it
  if (const size_t* way = known()) return *way;
  for (const auto& way : ways) {
    if (way) way();  // now all have compiled and packed what they need
  }
  std::vector<double> best(ways.size(), std::numeric_limits<double>::infinity());
  for (int round = 0; round < 3; round++) {
    for (size_t i = 0; i < ways.size(); i++) {
      if (ways[i]) best[i] = std::min(best[i], seconds(ways[i]));
    }
  }
  const size_t way = std::min_element(best.begin(), best.end()) - best.begin();
  if (!choices().path.empty()) {
    // Of processes that measured at the same time all take what the first of them wrote.
    append(key, way);
    read();
    if (const size_t* first = known()) return *first;
  }
  choices().fastest[key] = way;
  return way;
}
}  // namespace sky
