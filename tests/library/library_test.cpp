// The public headers, used as a program of others uses them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <phasecore/phasecore.hpp>
#include <thread>

#include "tests/support/support.hpp"

namespace {

using nlohmann::json;
using phasecore::test::TempDirectory;

constexpr const char* kNetwork = "zoo:resnet8-fmnist-hwa";

phasecore::SimulateOptions small() {
  phasecore::SimulateOptions options;
  options.samples = 20;
  options.instances = 1;
  options.layer_samples = 0;
  options.times = {{"1d"}};
  return options;
}

json without_provenance(const std::string& text) {
  json report = json::parse(text);
  report.erase("provenance");
  return report;
}

/// The problems that `action` is refused for, as "place: message".
template <class Action>
std::vector<std::string> problems_of(const Action& action) {
  std::vector<std::string> texts;
  try {
    action();
    ADD_FAILURE() << "nothing was refused";
  } catch (const phasecore::InputError& error) {
    for (const auto& problem : error.problems()) texts.push_back(problem.place + ": " + problem.message);
  }
  return texts;
}

TEST(Library, SimulatesAsTheProgramDoes) {
  const auto report = phasecore::simulate(phasecore::Network::load(kNetwork),
                                          phasecore::Chip::load("hermes-mesh", {"adc.bits=6"}), small());
  const json document = json::parse(report.json());
  EXPECT_EQ(document["schema"], "phasecore.simulate/1");
  EXPECT_EQ(document["totals"]["latency_ns"], report.latency_ns());
  EXPECT_GT(report.energy_nj(), report.energy_steady_nj());
  ASSERT_EQ(report.accuracy().size(), 1u);
  EXPECT_EQ(report.accuracy()[0].time_s, 86400);
  EXPECT_GT(report.accuracy()[0].mean, 0.5);
  EXPECT_GT(report.float_accuracy().value(), 0.5);
  EXPECT_EQ(document["chip"]["resolved"]["adc"]["bits"], 6);
  EXPECT_NE(report.html().find("<html"), std::string::npos);
}

TEST(Library, GivesTheSameReportForAnyNumberOfWorkers) {
  const auto network = phasecore::Network::load(kNetwork);
  const auto chip = phasecore::Chip::load("hermes-mesh");
  auto options = small();
  options.instances = 2;
  const auto one = phasecore::simulate(network, chip, options);
  options.workers = 3;
  const auto three = phasecore::simulate(network, chip, options);
  EXPECT_EQ(without_provenance(one.json()), without_provenance(three.json()));
  EXPECT_EQ(one.settings(), three.settings());
}

TEST(Library, WritesNothingUnlessAsked) {
  const TempDirectory place;
  std::filesystem::current_path(place.path());
  auto options = small();
  options.data = "none";
  const auto report =
      phasecore::simulate(phasecore::Network::load(kNetwork), phasecore::Chip::load("hermes-mesh"), options);
  EXPECT_TRUE(std::filesystem::is_empty(place.path()));
  report.write("result");
  EXPECT_EQ(phasecore::test::read_text(place / "result/report.json"), report.json() + "\n");
  EXPECT_EQ(phasecore::test::read_text(place / "result/config.resolved.yaml"), report.settings());
  std::filesystem::current_path("/");
}

TEST(Library, SaysAllProblemsOfATextAtItsKeys) {
  const auto problems = problems_of([] {
    phasecore::Chip::parse(R"({"base": "hermes-mesh", "name": "mine", "adc": {"bits": 99, "bit": 4}})");
  });
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].rfind("chip: adc.bits: ", 0), 0u) << problems[0];
  EXPECT_EQ(problems[1].rfind("chip: adc.bit: ", 0), 0u) << problems[1];
}

TEST(Library, TakesAChipThatItWroteItself) {
  const auto chip = phasecore::Chip::load("hermes-mesh", {"adc.bits=6"});
  EXPECT_EQ(phasecore::Chip::parse(chip.json()).yaml(), chip.yaml());
  EXPECT_EQ(phasecore::Chip::parse(chip.yaml()).yaml(), chip.yaml());
  const auto device = phasecore::Device::load("hermes-2");
  EXPECT_EQ(phasecore::Device::parse(device.json()).yaml(), device.yaml());
}

TEST(Library, TakesOwnArraysAsTheProgramTakesThemFromAFile) {
  auto options = small();
  options.samples.reset();
  phasecore::OwnData own;
  own.values["test_x"] = {{30, 1, 28, 28}, std::vector<float>(30 * 784, 0.5F)};
  own.labels["test_y"] = std::vector<std::int64_t>(30, 3);
  own.values["calibration_x"] = own.values["test_x"];
  options.own_data = own;
  const auto network = phasecore::Network::load(kNetwork);
  const auto chip = phasecore::Chip::load("hermes-mesh");
  const json report = json::parse(phasecore::simulate(network, chip, options).json());
  EXPECT_EQ(report["accuracy"]["dataset"], "arrays");
  EXPECT_EQ(report["accuracy"]["samples"], 30);

  options.own_data->labels["test_y"].pop_back();
  options.own_data->values["calibration_x"].shape = {30, 28, 27};
  const auto problems = problems_of([&] { phasecore::simulate(network, chip, options); });
  EXPECT_FALSE(problems.empty());
}

TEST(Library, ChangesWeightsInACopy) {
  const auto network = phasecore::Network::load(kNetwork);
  std::string layer;
  for (const auto& info : network.layers())
    if (info.op == "Gemm") layer = info.name;
  phasecore::Array weights = network.tensor(layer, "weight");
  for (float& value : weights.values) value = 0;
  const auto changed = network.with_tensor(layer, "weight", weights);
  EXPECT_NE(changed.sha256(), network.sha256());
  EXPECT_NE(network.tensor(layer, "weight").values, weights.values);
  const phasecore::Array sample{{1, 1, 28, 28}, std::vector<float>(784, 0.25F)};
  EXPECT_EQ(changed.infer(sample)[0].values, changed.tensor(layer, "bias").values);
  EXPECT_EQ(problems_of([&] { network.tensor("no such layer", "weight"); }).size(), 1u);
}

TEST(Library, EndsWhenItIsStopped) {
  auto options = small();
  options.instances = 50;
  options.samples = 500;
  options.workers = 2;
  int told = 0;
  options.watch.progress = [&](const std::string&, std::size_t, std::size_t) { ++told; };
  options.watch.stop = [&] { return told > 0; };
  const auto network = phasecore::Network::load(kNetwork);
  const auto chip = phasecore::Chip::load("hermes-mesh");
  EXPECT_THROW(phasecore::simulate(network, chip, options), phasecore::Stopped);
  EXPECT_GT(phasecore::simulate(network, chip, small()).latency_ns(), 0);  // and can be used again
}

TEST(Library, SimulatesFromSeveralThreadsAndAfterTheirEnd) {
  const auto network = phasecore::Network::load(kNetwork);
  const auto chip = phasecore::Chip::load("hermes-mesh");
  auto options = small();
  options.data = "none";
  const double expected = phasecore::simulate(network, chip, options).latency_ns();
  std::atomic<int> right{0};
  for (int round = 0; round < 2; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i)
      threads.emplace_back(
          [&] { right += phasecore::simulate(network, chip, options).latency_ns() == expected; });
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(right, 4);
  EXPECT_EQ(phasecore::simulate(network, chip, options).latency_ns(), expected);
}

TEST(Library, MapsAndCharacterises) {
  const auto mapped =
      phasecore::map_network(phasecore::Network::load(kNetwork), phasecore::Chip::load("hermes-mesh"));
  EXPECT_EQ(json::parse(mapped.json)["cores_used"], mapped.cores_used);
  auto options = small();
  options.data = "none";
  options.mapping = mapped.file;
  const auto network = phasecore::Network::load(kNetwork);
  const auto chip = phasecore::Chip::load("hermes-mesh");
  const double given = phasecore::simulate(network, chip, options).interval_ns();
  options.mapping.clear();
  EXPECT_EQ(given, phasecore::simulate(network, chip, options).interval_ns());

  phasecore::TileOptions tile;
  tile.weights = phasecore::Array{{2, 3}, {1, -1, 0.5F, 0.25F, 0, -0.5F}};
  tile.instances = 2;
  tile.times = {"1h", "1d"};
  const json points =
      json::parse(phasecore::characterise_tile(phasecore::Device::load("hermes-2"), tile).json);
  EXPECT_EQ(points["weights"]["rows"], 2);
  EXPECT_EQ(points["points"].size(), 2u);
}

TEST(Library, SweepsInMemoryWhatItSweepsIntoADirectory) {
  const std::string settings =
      R"({"name": "bits", "networks": [{"model": "zoo:resnet8-fmnist-hwa"}], "data": "none",
          "axes": [{"key": "adc.bits", "values": [4, 8]}], "objectives": ["latency_ns", "energy_nj"]})";
  const auto in_memory = phasecore::run_sweep_text(settings);
  const TempDirectory place;
  phasecore::ExploreOptions options;
  options.out = place / "sweep";
  options.workers = 2;
  const auto written = phasecore::run_sweep_text(settings, options);
  EXPECT_EQ(without_provenance(in_memory.json), without_provenance(written.json));
  EXPECT_EQ(in_memory.files.at("candidates.csv"), written.files.at("candidates.csv"));
  EXPECT_EQ(phasecore::test::read_text(place / "sweep/candidates.csv"), written.files.at("candidates.csv"));
  const auto problems = problems_of([] { phasecore::run_sweep_text(R"({"name": "x", "axis": []})"); });
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].rfind("sweep: axis: ", 0), 0u) << problems[0];
}

TEST(Library, KeepsItsOwnNamesToItself) {
  // Every symbol that others see is the promise's, or what SystemC's library looks for.
  const auto symbols =
      phasecore::test::run_command("nm -D --defined-only -C \"$(ldd /proc/" + std::to_string(::getpid()) +
                                   "/exe | awk '/libphasecore/ {print $3}')\" | cut -d ' ' -f 3-");
  ASSERT_EQ(symbols.exit_code, 0) << symbols.err;
  std::istringstream lines(symbols.out);
  int promised = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line == "sc_main") continue;
    EXPECT_NE(line.find("phasecore::v1::"), std::string::npos) << line;
    ++promised;
  }
  EXPECT_GT(promised, 50);
}

}  // namespace
