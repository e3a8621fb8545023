// phasecore tile as a user runs it.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

using nlohmann::json;

const std::string kSmall =
    "tile --instances 3 --times 0s,1h --weights '" + source_path("tests/data/tile/w.csv") + "'";

TEST(TileCommand, PrintsWritesAndRepeatsOneDocument) {
  const TempDirectory directory;
  const json printed = phasecore_json(kSmall);
  EXPECT_EQ(printed["schema"], "phasecore.tile/1");
  EXPECT_EQ(printed["device"], "hermes-2");
  EXPECT_EQ(printed["mode"], "device-pairs");
  EXPECT_EQ(printed["weights"]["rows"], 3);
  EXPECT_EQ(printed["inputs"]["cols"], 4) << "random vectors that fit the weights";
  ASSERT_EQ(printed["points"].size(), 2u);
  EXPECT_EQ(printed["points"][1]["time_s"], 3600.0);
  EXPECT_GT(printed["points"][1]["rel_l2_mean"], 0.0);
  EXPECT_GT(printed["points"][1]["alpha_mean"], printed["points"][0]["alpha_mean"]);

  const std::string out = directory / "out";
  const CommandResult written = phasecore(kSmall + " --out '" + out + "'");
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_NE(written.out.find("rel. L2 error"), std::string::npos);
  EXPECT_EQ(json::parse(read_text(out + "/tile.json")), printed);
  const std::string csv = read_text(out + "/tile.csv");
  EXPECT_EQ(csv.rfind("time_s,time,rel_l2_mean,rel_l2_std,alpha_mean", 0), 0u) << csv;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
}

TEST(TileCommand, RefusesWhatItCannotRead) {
  const TempDirectory directory;
  const std::string broken = directory / "w.csv", out = directory / "out";
  write_text(broken, "1,2\n3,x\n");
  const CommandResult number = phasecore("tile --weights '" + broken + "' --out '" + out + "'");
  EXPECT_EQ(number.exit_code, 2);
  EXPECT_NE(number.err.find("w.csv:2:3: error: 'x' is not a finite number"), std::string::npos) << number.err;
  EXPECT_EQ(run_command("test -e '" + out + "'").exit_code, 1) << "nothing is written";
  for (const char* wrong : {"--times 1w", "--device pcm", "--mode pairs", "--compensation adabs",
                            "--instances 0", "--dac-bits 1", "--out-bound 0", "--bound-management often",
                            "--seed -1", "--input-scale max", "--weights absent.csv"})
    EXPECT_EQ(phasecore(std::string("tile ") + wrong).exit_code, 2) << wrong;
  const CommandResult bits = phasecore("tile --dac-bits 1 --out-noise -1");
  EXPECT_NE(bits.err.find("--dac-bits is 1"), std::string::npos) << "all at once";
  EXPECT_NE(bits.err.find("--out-noise is -1"), std::string::npos) << bits.err;
  const CommandResult all = phasecore(
      "tile --times 1w --mode pairs --range far --read-mode 2-phase --polarity-error 0.1 --weights "
      "absent.csv");
  EXPECT_EQ(all.exit_code, 2);
  for (const char* part : {"1w", "unknown mode 'pairs'", "--range is 'far'", "--read-mode is '2-phase'",
                           "--polarity-error belongs to", "absent.csv"})
    EXPECT_NE(all.err.find(part), std::string::npos) << part << ": " << all.err;
}

TEST(TileCommand, WarnsOfInputsThatAreClipped) {
  const TempDirectory directory;
  const std::string x = directory / "x.csv";
  write_text(x, "0.5,3,0,0\n");
  const CommandResult clipped = phasecore(kSmall + " --inputs '" + x + "' --json");
  EXPECT_EQ(clipped.exit_code, 0);
  EXPECT_NE(clipped.err.find("1 of 4 inputs lie beyond -1 .. 1"), std::string::npos) << clipped.err;
  EXPECT_EQ(json::parse(clipped.out)["clipped_inputs"], 1);
}

}  // namespace
}  // namespace phasecore::test
