#include "tests/fuzz/fuzz_target.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/diagnostics.hpp"

namespace phasecore::fuzz {

namespace fs = std::filesystem;

Fate read_or_refused(const std::function<void()>& reader) {
  try {
    reader();
  } catch (const common::InputError& e) {
    require(!e.diagnostics().empty() && e.what()[0] != '\0', "the refusal says nothing");
    return Fate::Refused;
  }
  return Fate::Read;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::abort();
}

std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

Scratch::Scratch() {
  std::string name = (fs::temp_directory_path() / "phasecore-fuzz-XXXXXX").string();
  require(::mkdtemp(name.data()) != nullptr, "no directory for temporary files");
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Scratch::file(const std::string& name, const std::string& content) const {
  std::string path = path_ + "/" + name;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  require(out.good(), "cannot write a temporary file");
  return path;
}

}  // namespace phasecore::fuzz
