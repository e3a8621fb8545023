#include <cstdint>
#include <cstring>

#include "nas/evaluate/evaluator.hpp"

namespace phasecore::evaluate {
namespace {

void put(std::string& out, const void* data, std::size_t size) {
  out.append(static_cast<const char*>(data), size);
}

void put(std::string& out, const std::string& text) {
  const std::uint64_t size = text.size();
  put(out, &size, sizeof size);
  out += text;
}

class Reader {
 public:
  explicit Reader(const std::string& bytes) : bytes_(bytes) {}
  bool get(void* data, std::size_t size) {
    if (bytes_.size() - at_ < size) return false;
    std::memcpy(data, bytes_.data() + at_, size);
    at_ += size;
    return true;
  }
  bool get(std::string& text) {
    std::uint64_t size = 0;
    if (!get(&size, sizeof size) || bytes_.size() - at_ < size) return false;
    text = bytes_.substr(at_, size);
    at_ += size;
    return true;
  }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  const std::string& bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::string on_one_line(const common::InputError& error) {
  std::string all, line;
  for (const auto& d : error.diagnostics()) all += (all.empty() ? "" : "\n") + d.message + "\n" + d.details;
  while (!all.empty() && all.back() == '\n') all.pop_back();
  for (const char c : all) {
    if (c == '\n')
      line += "; ";
    else if (c != ' ' || (!line.empty() && line.back() != ' '))  // tables are padded
      line += c;
  }
  return line;
}

std::string to_bytes(const Outcome& outcome) {
  std::string out;
  put(out, outcome.failure);
  const std::uint8_t lost = outcome.lost ? 1 : 0;
  put(out, &lost, sizeof lost);
  for (const auto& [name, figure] : outcome.figures) {
    put(out, name);
    put(out, &figure.value, sizeof figure.value);
    put(out, &figure.error, sizeof figure.error);
  }
  return out;
}

bool from_bytes(const std::string& bytes, Outcome& outcome) {
  Reader in(bytes);
  Outcome read;
  std::uint8_t lost = 0;
  if (!in.get(read.failure) || !in.get(&lost, sizeof lost) || lost > 1) return false;
  read.lost = lost == 1;
  while (!in.at_end()) {
    std::string name;
    Figure figure;
    if (!in.get(name) || !in.get(&figure.value, sizeof figure.value) ||
        !in.get(&figure.error, sizeof figure.error))
      return false;
    read.figures[name] = figure;
  }
  outcome = std::move(read);
  return true;
}

}  // namespace phasecore::evaluate
