#include "conv_choice.h"

#include <chrono>
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

// A line is the key's numbers, "=" and 1 for ours or 0 for oneDNN's; a line that another process was still writing has
// no answer yet and is left out.
void read() {
  std::ifstream file(choices().path);
  for (std::string line; std::getline(file, line);) {
    const size_t equals = line.find('=');
    if (equals == std::string::npos || equals + 2 != line.size()) continue;
    std::istringstream numbers(line.substr(0, equals));
    std::vector<int64_t> key;
    for (int64_t v; numbers >> v;) key.push_back(v);
    choices().ours.emplace(key, line[equals + 1] == '1');
  }
}

void append(const std::vector<int64_t>& key, bool ours) {
  std::ostringstream line;
  for (int64_t v : key) line << v << ' ';
  line << '=' << int(ours) << '\n';
  // Where the folder cannot be written the choice lasts as long as the process.
  std::ofstream(choices().path, std::ios::app) << line.str();
}
}  // namespace

void rememberChoicesIn(const std::string& path) {
  if (choices().path == path) return;
  choices().path = path;
  choices().ours.clear();
  read();
}

bool oursIsFaster(const std::vector<int64_t>& shape, const std::function<void()>& ours,
                  const std::function<void()>& theirs) {
  std::vector<int64_t> key = shape;
  key.push_back(threads());
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
