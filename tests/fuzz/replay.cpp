// replay_TARGET FILE_OR_DIRECTORY...: hands every file to the target once, without libFuzzer. It is how an
// ordinary build tests what fuzzing has found.
#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <vector>

#include "common/files.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& place) {
  if (!fs::is_directory(place)) return {place};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(place))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: " << argv[0] << " FILE_OR_DIRECTORY...\n";
    return 2;
  }
  int wrong = 0;
  for (int i = 1; i < argc; ++i) {
    const auto files = files_of(argv[i]);
    if (files.empty()) {
      std::cerr << argv[i] << " holds no file\n";
      return 1;
    }
    for (const auto& file : files) {
      std::cout << file.string() << std::endl;  // flushed: the last one is the one that ends the process
      const std::string bytes = phasecore::common::read_file(file.string());
      try {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      } catch (const std::exception& e) {
        std::cerr << file.string() << ": neither read nor refused: " << e.what() << "\n";
        ++wrong;
      }
    }
  }
  return wrong == 0 ? 0 : 1;
}
