// The faults of faults.txt still have a place to go, and executables that can find them. (Whether these do:
// scripts/mutate.sh.)
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/support.hpp"

namespace phasecore::test {
namespace {

struct Fault {
  std::string name, file, from, to;
  std::vector<std::string> by;  ///< executables
};

std::vector<Fault> faults() {
  std::vector<Fault> all;
  std::istringstream lines(read_text(source_path("tests/mutation/faults.txt")));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto space = line.find(' ');
    const std::string key = line.substr(0, space), value = line.substr(space + 1);
    if (key == "fault") {
      all.push_back({value, "", "", "", {}});
      continue;
    }
    if (all.empty()) throw common::InternalError("faults.txt begins with '" + key + "'");
    if (key == "file")
      all.back().file = value;
    else if (key == "from")
      all.back().from = value;
    else if (key == "to")
      all.back().to = value;
    else if (key == "by")
      all.back().by.push_back(value.substr(0, value.find(' ')));
    else
      ADD_FAILURE() << all.back().name << ": '" << key << "'";
  }
  return all;
}

int occurrences(const std::string& text, const std::string& of) {
  int count = 0;
  for (auto at = text.find(of); at != std::string::npos; at = text.find(of, at + 1)) ++count;
  return count;
}

TEST(Faults, AreSixtyWithNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Fault& fault : faults()) names.insert(fault.name);
  EXPECT_EQ(names.size(), faults().size());
  EXPECT_GE(names.size(), 60u);
}

TEST(Faults, HaveExactlyOnePlaceEach) {
  for (const Fault& fault : faults()) {
    EXPECT_EQ(occurrences(read_text(source_path(fault.file)), fault.from), 1)
        << fault.name << ": " << fault.from;
    EXPECT_NE(fault.from, fault.to) << fault.name;
  }
}

TEST(Faults, NameExecutablesThatThereAre) {
  std::set<std::string> wanted;
  for (const Fault& fault : faults()) {
    EXPECT_FALSE(fault.by.empty()) << fault.name;
    wanted.insert(fault.by.begin(), fault.by.end());
  }
  std::string lists;
  for (const char* folder :
       {"sim/analog", "sim/analytic", "sim/chip", "sim/config", "sim/mapping", "sim/metamorphic",
        "sim/monte_carlo", "sim/numerics", "sim/random_cases", "sim/run", "nas/archive", "nas/pareto"})
    lists += read_text(source_path(std::string("tests/") + folder + "/CMakeLists.txt"));
  for (const std::string& name : wanted)
    EXPECT_NE(lists.find("phasecore_test(" + name.substr(std::string("test_").size()) + " "),
              std::string::npos)
        << name;
}

}  // namespace
}  // namespace phasecore::test
