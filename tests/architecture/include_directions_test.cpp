// The folder is the architecture: who may include whom (docs/architecture.md).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
const fs::path kRoot = PHASECORE_SOURCE_DIR;

/// Folder -> folders it may include, beside itself. Everything may include common.
const std::map<std::string, std::set<std::string>> kAllowed = {
    {"common", {}},
    {"models/graph", {}},
    {"models/onnx", {"models/graph"}},
    {"models/data", {"models/graph"}},
    {"models/zoo", {"models/graph"}},
    {"models/train",
     {"models/graph", "models/onnx", "models/data", "models/zoo", "sim/config", "sim/analog", "nas/space"}},
    {"sim/config", {}},
    {"sim/program", {}},
    {"sim/analog", {"sim/config"}},
    {"sim/mapping", {"models/graph", "sim/config", "sim/program"}},
    {"sim/analytic", {"sim/program"}},
    {"sim/chip", {"sim/program"}},
    {"sim/accuracy", {"models/graph", "models/data", "sim/config", "sim/analog", "sim/mapping"}},
    {"sim/run",
     {"models/graph", "models/data", "sim/config", "sim/program", "sim/analog", "sim/mapping", "sim/analytic",
      "sim/chip", "sim/accuracy"}},
    {"nas/space", {"models/graph"}},
    {"nas/supernet", {"models/graph", "models/onnx", "nas/space"}},
    {"nas/archive", {}},
    {"nas/evaluate",
     {"models/graph", "models/onnx", "models/data", "nas/space", "sim/config", "sim/analog", "sim/mapping",
      "sim/accuracy", "sim/run"}},
    {"nas/pareto", {}},
    {"nas/surrogate", {"nas/pareto"}},
    // Of models/train the settings, which need no torch.
    {"nas/search",
     {"models/graph", "models/onnx", "models/data", "models/train", "sim/config", "sim/run", "nas/space",
      "nas/pareto", "nas/surrogate", "nas/archive", "nas/evaluate", "nas/supernet"}},
    {"app",
     {"models/graph", "models/onnx", "models/data", "models/zoo", "models/train", "sim/config", "sim/analog",
      "sim/mapping", "sim/accuracy", "sim/run", "nas/space", "nas/supernet", "nas/archive", "nas/evaluate",
      "nas/search"}},
};

std::string folder_of(const fs::path& relative) {
  const std::string first = relative.begin()->string();
  if (first == "models" || first == "sim" || first == "nas")
    return (fs::path(first) / *std::next(relative.begin())).string();
  return first;
}

std::vector<fs::path> sources() {
  std::vector<fs::path> files;
  for (const char* top : {"app", "common", "models", "sim", "nas"}) {
    if (!fs::is_directory(kRoot / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const auto extension = entry.path().extension();
      if (extension == ".hpp" || extension == ".cpp") files.push_back(entry.path());
    }
  }
  return files;
}

std::vector<std::string> included(const fs::path& file, const std::regex& pattern) {
  std::ifstream in(file);
  std::vector<std::string> found;
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_search(line, match, pattern)) found.push_back(match[1]);
  }
  return found;
}

TEST(IncludeDirections, AreThoseOfTheArchitecture) {
  const std::regex own(R"(^\s*#include \"([a-z]+/[^\"]+)\")");
  const auto files = sources();
  ASSERT_GT(files.size(), 100u);
  for (const auto& file : files) {
    const std::string from = folder_of(fs::relative(file, kRoot));
    ASSERT_TRUE(kAllowed.count(from)) << from << " has no place in the architecture";
    for (const auto& include : included(file, own)) {
      const std::string to = folder_of(include);
      EXPECT_TRUE(to == from || to == "common" || kAllowed.at(from).count(to))
          << fs::relative(file, kRoot) << " includes " << include;
    }
  }
}

TEST(IncludeDirections, SystemcStaysInsideSimChip) {
  const std::regex systemc(R"(^\s*#include [<\"](systemc[^>\"]*|sysc/[^>\"]*|tlm[^>\"]*)[>\"])");
  int users = 0;
  for (const auto& file : sources()) {
    if (included(file, systemc).empty()) continue;
    ++users;
    EXPECT_EQ(folder_of(fs::relative(file, kRoot)), "sim/chip") << file;
    EXPECT_NE(file.filename(), "chip.hpp") << "the public header must not need SystemC";
  }
  EXPECT_GT(users, 0);
}

TEST(IncludeDirections, TorchStaysInsideModelsTrain) {
  const std::regex torch(R"(^\s*#include [<\"]((torch|ATen|c10)/[^>\"]*)[>\"])");
  for (const auto& file : sources()) {
    if (included(file, torch).empty()) continue;
    EXPECT_EQ(folder_of(fs::relative(file, kRoot)), "models/train") << file;
  }
}

TEST(SourceFiles, StayUnderFiveHundredLines) {
  for (const auto& file : sources()) {
    std::ifstream in(file);
    int lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    EXPECT_LE(lines, 500) << file;
  }
}

}  // namespace
