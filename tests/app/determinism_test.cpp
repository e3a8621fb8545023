// Same input, same bytes.
#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

using nlohmann::ordered_json;

const std::string kRun =
    "simulate zoo:resnet8-fmnist-hwa --data fashion-mnist --samples 120 --instances 3 --layer-samples 60 "
    "--layer-instances 2 "
    "--times 1s,30d --seed 7";

/// report.json without its provenance.
std::string comparable(const std::string& directory) {
  ordered_json report = ordered_json::parse(read_text(directory + "/report.json"));
  EXPECT_EQ(report.erase("provenance"), 1u);
  return report.dump();
}

TEST(Determinism, OneAndTwoWorkersWriteTheSameBytes) {
  const TempDirectory place;
  ASSERT_EQ(phasecore(kRun + " --workers 1 --out " + (place / "a")).exit_code, 0);
  ASSERT_EQ(phasecore(kRun + " --workers 2 --out " + (place / "b")).exit_code, 0);
  ASSERT_EQ(phasecore(kRun + " --workers 2 --out " + (place / "c")).exit_code, 0);
  for (const char* other : {"b", "c"}) {
    EXPECT_EQ(comparable(place / "a"), comparable(place / other));
    for (const char* file : {"layers.csv", "config.resolved.yaml"})
      EXPECT_EQ(read_text((place / "a") + "/" + file), read_text((place / other) + "/" + file)) << file;
  }
}

TEST(Determinism, TheResolvedConfigRepeatsTheReport) {
  const TempDirectory place;
  ASSERT_EQ(phasecore(kRun + " --set adc.bits=9 --compensation gdc-column --out " + (place / "a")).exit_code,
            0);
  const CommandResult again =
      phasecore("simulate --config " + (place / "a") + "/config.resolved.yaml --out " + (place / "b"));
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(comparable(place / "a"), comparable(place / "b"));
  EXPECT_EQ(read_text((place / "a") + "/config.resolved.yaml"),
            read_text((place / "b") + "/config.resolved.yaml"));
}

TEST(Determinism, TheResolvedConfigRefusesAnotherModel) {
  const TempDirectory place;
  write_text(place / "m.onnx", read_text(source_path("models/zoo/resnet8-fmnist.onnx")));
  ASSERT_EQ(phasecore("simulate " + (place / "m.onnx") + " --data none --out " + (place / "a")).exit_code, 0);
  write_text(place / "m.onnx", read_text(source_path("models/zoo/resnet8-fmnist-hwa.onnx")));
  const CommandResult again = phasecore("simulate --config " + (place / "a") + "/config.resolved.yaml");
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_EQ(again.err.rfind("error: " + (place / "m.onnx") + " is not the model of ", 0), 0u) << again.err;
}

TEST(Determinism, AnotherSeedIsAnotherExperiment) {
  const TempDirectory place;
  ASSERT_EQ(phasecore(kRun + " --out " + (place / "a")).exit_code, 0);
  ASSERT_EQ(phasecore(kRun + "1 --out " + (place / "b")).exit_code, 0);  // --seed 71
  EXPECT_NE(comparable(place / "a"), comparable(place / "b"));
}

}  // namespace
}  // namespace phasecore::test
