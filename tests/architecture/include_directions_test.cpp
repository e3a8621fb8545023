// The folder is the architecture: a folder includes what its CMake targets name, and arrows run in no circle.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/support.hpp"

namespace phasecore {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = test::source_path(".");

std::string folder_of(const fs::path& relative) {
  const std::string first = relative.begin()->string();
  if (first == "models" || first == "sim" || first == "nas")
    return (fs::path(first) / *std::next(relative.begin())).string();
  return first;
}

std::vector<fs::path> sources_below(const std::vector<std::string>& tops) {
  std::vector<fs::path> files;
  for (const std::string& top : tops) {
    if (!fs::is_directory(kRoot / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const auto extension = entry.path().extension();
      if (extension == ".hpp" || extension == ".cpp") files.push_back(entry.path());
    }
  }
  return files;
}

std::vector<fs::path> sources() {
  return sources_below({"app", "common", "models", "sim", "nas"});
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

/// A folder's targets and the folders that their DEPS name, as CMake wrote them down.
struct Arrows {
  std::map<std::string, std::set<std::string>> named;  ///< by folder
  static Arrows read() {
    std::map<std::string, std::string> folder_of_target;
    std::vector<std::pair<std::string, std::string>> targets;  ///< folder, comma-separated targets it names
    std::ifstream in(PHASECORE_ARROWS);
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string folder, target, deps;
      words >> folder >> target >> deps;
      folder_of_target[target] = folder_of(folder + "/");
      targets.emplace_back(folder_of(folder + "/"), deps);
    }
    Arrows arrows;
    for (const auto& [folder, deps] : targets) {
      auto& to = arrows.named[folder];
      std::istringstream names(deps);
      for (std::string name; std::getline(names, name, ',');) {
        EXPECT_TRUE(folder_of_target.count(name))
            << folder << " names " << name << ", which no folder builds";
        if (folder_of_target[name] != folder) to.insert(folder_of_target[name]);
      }
    }
    return arrows;
  }
};

TEST(IncludeDirections, AreThoseOfTheTargets) {
  const std::regex own(R"(^\s*#include \"([a-z]+/[^\"]+)\")");
  const Arrows arrows = Arrows::read();
  const auto files = sources();
  ASSERT_GT(files.size(), 100u);
  ASSERT_GT(arrows.named.size(), 20u);
  for (const auto& file : files) {
    const std::string from = folder_of(fs::relative(file, kRoot));
    ASSERT_TRUE(arrows.named.count(from)) << from << " has no target";
    for (const auto& include : included(file, own)) {
      const std::string to = folder_of(include);
      EXPECT_TRUE(to == from || arrows.named.at(from).count(to))
          << fs::relative(file, kRoot) << " includes " << include << ", but no target of " << from
          << " names one of " << to;
    }
  }
}

TEST(IncludeDirections, HaveNoCircle) {
  auto left = Arrows::read().named;
  for (bool any = true; any;) {
    any = false;
    for (auto it = left.begin(); it != left.end();) {
      const bool leaf = std::none_of(it->second.begin(), it->second.end(),
                                     [&](const std::string& to) { return left.count(to) > 0; });
      any |= leaf;
      it = leaf ? left.erase(it) : std::next(it);
    }
  }
  for (const auto& [folder, to] : left) ADD_FAILURE() << folder << " is in a circle";
}

TEST(IncludeDirections, NeverRunUpAFloor) {
  // models know no chip and no search, sim knows no search, nothing includes the program.
  const std::map<std::string, std::set<std::string>> above = {{"common", {"models", "sim", "nas", "app"}},
                                                              {"models", {"sim", "nas", "app"}},
                                                              {"sim", {"nas", "app"}},
                                                              {"nas", {"app"}}};
  for (const auto& [from, named] : Arrows::read().named) {
    const std::string floor = from.substr(0, from.find('/'));
    if (above.count(floor) == 0) continue;
    for (const auto& to : named)
      EXPECT_EQ(above.at(floor).count(to.substr(0, to.find('/'))), 0u) << from << " names " << to;
  }
}

TEST(IncludeDirections, OfThePromiseAndItsUsersAreThePromiseAlone) {
  const std::regex quoted(R"(^\s*#include (\".*))");
  const std::regex with_folder(R"(^\s*#include <([^>]+/[^>]+)>)");
  const auto files = sources_below({"include", "python", "docs/examples"});
  ASSERT_GT(files.size(), 10u);
  for (const auto& file : files) {
    EXPECT_TRUE(included(file, quoted).empty()) << file << " includes what is not installed";
    const bool is_promise = fs::relative(file, kRoot).begin()->string() == "include";
    for (const auto& include : included(file, with_folder))
      EXPECT_TRUE(include.rfind("phasecore/", 0) == 0 || (!is_promise && include.rfind("pybind11/", 0) == 0))
          << file << " includes " << include;
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

TEST(IncludeDirections, OneFileMakesBytesOfValuesAndNoHeaderIncludesIt) {
  const std::regex cereal(R"(^\s*#include [<\"](cereal/[^>\"]*)[>\"])");
  const std::regex bytes(R"(^\s*#include \"(common/bytes\.hpp)\")");
  int users = 0;
  for (const auto& file : sources()) {
    const fs::path name = fs::relative(file, kRoot);
    EXPECT_TRUE(included(file, cereal).empty() || name == "common/bytes.hpp")
        << name << " has a format of its own";
    if (included(file, bytes).empty()) continue;
    ++users;
    EXPECT_EQ(file.extension(), ".cpp") << name << " makes all that include it slow to compile";
  }
  EXPECT_GT(users, 0);
}

TEST(IncludeDirections, TorchStaysInsideNasTrain) {
  const std::regex torch(R"(^\s*#include [<\"]((torch|ATen|c10)/[^>\"]*)[>\"])");
  for (const auto& file : sources()) {
    if (included(file, torch).empty()) continue;
    EXPECT_EQ(folder_of(fs::relative(file, kRoot)), "nas/train") << file;
  }
}

}  // namespace
}  // namespace phasecore
