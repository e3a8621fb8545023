// Names that come from elsewhere must not reach the terminal as they are.
#include <algorithm>

#include "models/graph/network.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

/// Clears the screen, rings, turns the direction of writing, begins a line of its own.
const std::string kEvil = "\x1b[2J\a\xe2\x80\xae\nERROR";

/// A trained network whose layers and input are called so, in a file that is called so.
std::string write_evil_model(const TempDirectory& folder) {
  graph::Network network = onnx::read(source_path("models/zoo/resnet8-fmnist.onnx"));
  for (auto& layer : network.layers) layer.name += kEvil;
  decltype(network.ranges) ranges;
  for (const auto& [name, range] : network.ranges) ranges[name + kEvil] = range;
  network.ranges = ranges;
  network.name = kEvil;
  const std::string file = folder / ("evil\x1b[2J\a.onnx");
  write_text(file, onnx::serialize(network));
  return file;
}

/// `arguments` in the shell's quotes; what the terminal would get has no control character but line ends.
CommandResult run_harmless(const std::string& arguments, int exit_code) {
  const CommandResult result = phasecore(arguments);
  EXPECT_EQ(result.exit_code, exit_code) << arguments << result.err;
  for (const std::string& text : {result.out, result.err}) {
    EXPECT_EQ(std::count_if(text.begin(), text.end(),
                            [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7f; }),
              0)
        << arguments << "\n"
        << text;
    EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << arguments;
    EXPECT_EQ(text.find("\nERROR"), std::string::npos) << arguments;
  }
  return result;
}

TEST(Terminal, NamesOfModelsAndChipsAreEscaped) {
  const TempDirectory folder;
  const std::string model = "'" + write_evil_model(folder) + "'";
  write_text(folder / "evil.yaml", "base: hermes-mesh\nname: \"\\e[2J\\a\\u202E\\nERROR\"\n");
  const std::string chip = " --chip '" + (folder / "evil.yaml") + "'";
  EXPECT_NE(run_harmless("inspect " + model + chip, 0).out.find("\\x1b[2J\\x07\\u202e\\nERROR"),
            std::string::npos);
  const std::string out = folder / "out\x1b[2J";
  const CommandResult simulated =
      run_harmless("simulate " + model + chip + " --engine analytic --data none --out '" + out + "'", 0);
  EXPECT_NE(simulated.out.find(" on \\x1b[2J\\x07\\u202e\\nERROR"), std::string::npos) << simulated.out;
  EXPECT_NE(simulated.out.find("Written: " + (folder / "out\\x1b[2J")), std::string::npos) << simulated.out;
  run_harmless("describe chip '" + (folder / "evil.yaml") + "'", 0);

  run_harmless("simulate " + model + chip + " --data \"$(printf 'x\\033[2J')\"", 2);
  run_harmless("simulate " + model + chip + " --set \"$(printf 'layers.a\\033.digitel=1')\"", 2);
  run_harmless("inspect \"$(printf 'zoo:\\033[2J')\"", 2);
  run_harmless("inspect \"$(printf '/absent/\\033[2J')\"", 2);
  run_harmless("\"$(printf '\\033[2J')\"", 2);
  run_harmless("compare \"$(printf '\\033[2J.csv')\" b.csv --objective \"$(printf 'a\\033:maximise')\"", 2);
}

}  // namespace
}  // namespace phasecore::test
