// What `cmake --install` put into a prefix, used from there alone.
#include <gtest/gtest.h>

#include "tests/support/support.hpp"

namespace {

using namespace phasecore::test;

const std::string kInstalled = PHASECORE_INSTALLED;

/// A chip that only the installed configs have.
class OnlyInstalled {
 public:
  OnlyInstalled() { write_text(file_, "base: hermes-mesh\nname: only-installed\n"); }
  ~OnlyInstalled() { std::remove(file_.c_str()); }

 private:
  std::string file_ = kInstalled + "/share/phasecore/configs/chips/only-installed.yaml";
};

CommandResult run(const std::string& command) {
  return run_command("env -u PHASECORE_CONFIGS -u PHASECORE_ZOO " + command);
}

TEST(Installed, ProgramReadsItsOwnConfigsAndTheBuiltOneTheSources) {
  const OnlyInstalled chip;
  const std::string arguments = " inspect zoo:resnet8-fmnist-hwa --chip only-installed";
  const CommandResult installed = run("'" + kInstalled + "/bin/phasecore'" + arguments);
  EXPECT_EQ(installed.exit_code, 0) << installed.err;
  const CommandResult built = run(std::string("'") + PHASECORE_PROGRAM + "'" + arguments);
  EXPECT_EQ(built.exit_code, 2);
  EXPECT_NE(built.err.find("there is no chip 'only-installed'"), std::string::npos) << built.err;
}

TEST(Installed, PackageIsFoundAndUsedByAProjectOfItsOwn) {
  const TempDirectory build;
  const std::string configure = std::string("'") + PHASECORE_CMAKE + "' -G Ninja -S '" +
                                source_path("docs/examples/cpp") + "' -B '" + build.path() +
                                "' -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS='-Wall -Wextra -Werror' "
                                "-DCMAKE_PREFIX_PATH='" +
                                kInstalled + "'";
  const CommandResult configured = run(configure);
  ASSERT_EQ(configured.exit_code, 0) << configured.out << configured.err;
  const CommandResult built = run(std::string("'") + PHASECORE_CMAKE + "' --build '" + build.path() + "'");
  ASSERT_EQ(built.exit_code, 0) << built.out << built.err;
  const CommandResult result = run("'" + build / "converter_bits'");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("Chips are from " + kInstalled + "/share/phasecore/configs"), std::string::npos)
      << result.out;
  EXPECT_NE(result.out.find("\n   4 "), std::string::npos) << result.out;
}

TEST(Installed, HeadersIncludeNoneThatAreNotInstalled) {
  const CommandResult others =
      run("grep -rhE '^ *#include' '" + kInstalled + "/include/phasecore' | sort -u");
  ASSERT_EQ(others.exit_code, 0);
  EXPECT_EQ(others.out.find('"'), std::string::npos) << others.out;
  for (const char* of_others : {"nlohmann", "fmt/", "yaml-cpp", "onnx", "systemc"})
    EXPECT_EQ(others.out.find(of_others), std::string::npos) << others.out;
}

}  // namespace
