// The commands on good input: what they print and write.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "common/npy.hpp"
#include "models/data/dataset.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/ops/softmax.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

using nlohmann::json;

/// The first test images as an NPY file and as a batch.
graph::Batch write_images(const std::string& path, int samples) {
  const auto images = data::load("fashion-mnist", data::Part::Test, samples).batch(0, samples);
  write_text(path, common::npy_bytes({{samples, 1, 28, 28}, images.values}));
  return images;
}

TEST(Simulate, ReportsEveryPromisedKey) {
  const json r = phasecore_json(
      "simulate zoo:resnet8-fmnist-hwa --samples 60 --instances 2 --layer-samples 30 --layer-instances 2 "
      "--functional");
  EXPECT_EQ(r["schema"], "phasecore.simulate/1");
  EXPECT_EQ(r["accuracy"]["dataset"], "fashion-mnist");  // the one the network names
  EXPECT_EQ(r["accuracy"]["points"].size(), 4u);
  EXPECT_TRUE(r["accuracy"]["avm_pp"].is_number());
  EXPECT_EQ(r["functional"]["images"], 4);
  EXPECT_EQ(r["layers"].back()["name"], "shared");
  EXPECT_EQ(r["cores"].size(), 64u);
  EXPECT_TRUE(r["totals"]["energy_by_component_nj"]["host"].is_null());
  double layers = 0, components = 0;
  for (const auto& layer : r["layers"]) layers += layer["energy_nj"].get<double>();
  for (const auto& [name, energy] : r["totals"]["energy_by_component_nj"].items())
    if (!energy.is_null()) components += energy.get<double>();
  EXPECT_NEAR(layers, r["totals"]["energy_nj"].get<double>(), 1e-6 * layers);
  EXPECT_NEAR(components, r["totals"]["energy_nj"].get<double>(), 1e-6 * layers);
  const auto time_of = [](const json& core) {
    double time = core["busy_ns"].get<double>() + core["idle_ns"].get<double>();
    for (const auto& [cause, ns] : core["stalled_ns"].items()) time += ns.get<double>();
    return time;
  };
  for (const auto& core : r["cores"])
    EXPECT_GE(time_of(core), r["totals"]["latency_ns"].get<double>() - 1e-3);
  for (const auto& core : r["cores"]) EXPECT_NEAR(time_of(core), time_of(r["cores"][0]), 1e-3);
}

/// The keys of an object in order, "a b c".
std::string keys(const json& object) {
  std::string text;
  for (const auto& [key, value] : object.items()) text += (text.empty() ? "" : " ") + key;
  return text;
}

TEST(Simulate, TheKeysOfTheReportAreThoseOfItsDocument) {
  const json r = phasecore_json(
      "simulate zoo:resnet8-fmnist --samples 20 --instances 1 --times 1s --layer-samples 20 "
      "--layer-instances 1");
  EXPECT_EQ(
      keys(r),
      "accuracy chip cores device engine functional layers links mapping model not_modelled power provenance "
      "schema seed "
      "totals upkeep version warnings");
  EXPECT_EQ(keys(r["chip"]), "name resolved what_if");
  EXPECT_EQ(keys(r["model"]), "macs name parameters sha256");
  EXPECT_EQ(keys(r["mapping"]), "cores_available cores_used rule schedule utilization");
  EXPECT_EQ(
      keys(r["totals"]),
      "area_mm2 average_power_mw cycles effective_tops effective_tops_per_w energy_by_component_nj energy_nj "
      "energy_steady_nj interval_ns latency_ns throughput_per_s");
  const std::string components = "adc array dac digital host memory network static";
  const std::string causes = "input link memory partial_sum";
  EXPECT_EQ(keys(r["totals"]["energy_by_component_nj"]), components);
  EXPECT_EQ(keys(r["accuracy"]),
            "avm_pp avm_pp_ci95_high avm_pp_ci95_low compensation dataset device float instances "
            "made_by_rule normalisation part points quantized "
            "samples top5");
  EXPECT_EQ(keys(r["accuracy"]["normalisation"]), "from mean pixels_scaled std");
  EXPECT_EQ(keys(r["accuracy"]["top5"]), "float points quantized");
  EXPECT_EQ(r["accuracy"]["top5"]["points"].size(), 1u);
  EXPECT_EQ(r["accuracy"]["made_by_rule"], json::object());
  EXPECT_EQ(keys(r["accuracy"]["points"][0]), "ci95_high ci95_low mean std time_s");
  EXPECT_TRUE(r["accuracy"]["avm_pp"].is_null());  // 30 d is missing
  const json& layer = r["layers"][0];
  EXPECT_EQ(keys(layer),
            "busy_ns cols cores degradation end_ns energy_by_component_nj energy_nj latency_ns macs mvms "
            "name op replicas "
            "rows stalled_ns start_ns submatrices tile");
  EXPECT_EQ(keys(layer["energy_by_component_nj"]), components);
  EXPECT_EQ(keys(layer["stalled_ns"]), causes);
  EXPECT_EQ(keys(layer["degradation"]), "alone_pp at_time_s instances output_snr_db recovered_pp samples");
  EXPECT_EQ(keys(layer["degradation"]["alone_pp"]), "ci95_high ci95_low mean");
  EXPECT_EQ(
      keys(r["cores"][0]),
      "busy_ns energy_nj id idle_ns layers mvms power_nj power_steady_nj stalled_ns wakes wakes_steady x y");
  EXPECT_EQ(keys(r["upkeep"]["programming"]),
            "constant_nj cores energy_nj time_ns time_per_core_ns times_high times_low");
  EXPECT_EQ(keys(r["upkeep"]["drift_readout"]), "energy_nj energy_per_image_nj images mvms time_ns");
  const std::string states = "busy gated off waiting waking";
  EXPECT_EQ(keys(r["cores"][0]["power_nj"]), states);
  EXPECT_EQ(keys(r["cores"][0]["power_steady_nj"]), states);
  EXPECT_EQ(keys(r["power"]), "alone steady");
  EXPECT_EQ(keys(r["power"]["alone"]), "energy_nj wakes with_idle_power");
  EXPECT_EQ(keys(r["power"]["alone"]["energy_nj"]), "busy gated off routers waiting waking");
  EXPECT_EQ(r["power"]["steady"]["with_idle_power"].size(), 3u);
  EXPECT_EQ(keys(r["cores"][0]["stalled_ns"]), causes);
  EXPECT_EQ(keys(r["links"][0]), "busy_ns flits from max_queue to");
  EXPECT_EQ(keys(r["provenance"]), "compiler git images_continued images_simulated simulated_events wall_s");
}

TEST(Simulate, TextSaysWhatIsAssumedAndNotModelled) {
  const CommandResult run = phasecore("simulate zoo:resnet8-fmnist --data none");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("what-if: nobody built exactly this chip"), std::string::npos);
  EXPECT_NE(run.out.find("Not modelled: host; polarity_saturation; accuracy"), std::string::npos);
  EXPECT_NE(run.out.find("Latency"), std::string::npos);
  EXPECT_EQ(run.out.find("im2col"), std::string::npos);
  const CommandResult host = phasecore("simulate zoo:resnet8-fmnist --chip hermes --data none");
  ASSERT_EQ(host.exit_code, 0) << host.err;
  EXPECT_NE(host.out.find("Totals are on chip: the host between the layers pools, adds and arranges input "
                          "vectors (im2col) exactly and in no time."),
            std::string::npos);
}

TEST(Simulate, WhoseNetworkNamesNoDataIsToldHowToGetAccuracy) {
  const std::string note = "No accuracy: the network names no data set; give your images with --data";
  const std::string simulate = "simulate " + data_file("tests/data/onnx/good.onnx") + " --engine analytic";
  EXPECT_NE(phasecore(simulate).out.find(note), std::string::npos);
  EXPECT_EQ(phasecore(simulate + " --data none").out.find(note), std::string::npos);
  EXPECT_EQ(phasecore(simulate + " --random-weights").out.find(note), std::string::npos);
}

TEST(Simulate, WhatIsNotModelledFollowsTheReadModeAndIsNull) {
  const auto names = [](const json& report) {
    return report["not_modelled"].get<std::vector<std::string>>();
  };
  const auto has_asymmetry = [&](const json& report) {
    const auto list = names(report);
    return std::count(list.begin(), list.end(), "one_phase_polarity_asymmetry");
  };
  const std::string command = "simulate zoo:resnet8-fmnist --data none";
  EXPECT_EQ(has_asymmetry(phasecore_json(command)), 0);
  EXPECT_EQ(has_asymmetry(phasecore_json(command + " --set crossbar.read_mode=1-phase")), 1);
  const json modelled = phasecore_json(
      command +
      " --set crossbar.read_mode=1-phase --set crossbar.polarity_error=0.01 --set crossbar.line_limit=true");
  EXPECT_EQ(names(modelled), (std::vector<std::string>{"host", "accuracy"}));
  const std::string fabric = "simulate zoo:resnet8-fmnist --random-weights --chip analog-fabric-48";
  const json report = phasecore_json(fabric);
  EXPECT_EQ(has_asymmetry(report), 1);
  EXPECT_TRUE(report["totals"]["area_mm2"].is_null());
  EXPECT_NE(phasecore(fabric).out.find("chip area not modelled"), std::string::npos);
}

TEST(Simulate, TheFunctionalRunIsTheOneAskedFor) {
  const json r = phasecore_json(
      "simulate zoo:resnet8-fmnist --samples 4 --instances 1 --layer-samples 0 --times 1h,1d --compensation "
      "none --functional");
  EXPECT_EQ(r["functional"],
            (json{{"images", 4}, {"time_s", 3600.0}, {"compensation", "none"}, {"logits_equal", true}}));
  EXPECT_EQ(r["device"]["name"], r["device"]["resolved"]["name"]);
  EXPECT_EQ(r["device"]["name"], r["accuracy"]["device"]);
  EXPECT_GT(r["device"]["resolved"]["g_max_us"].get<double>(), 0);
}

TEST(Simulate, RandomWeightsHaveTheSameTimingAndNoAccuracy) {
  const json trained = phasecore_json("simulate zoo:resnet8-fmnist --data none"),
             random = phasecore_json("simulate zoo:resnet8-fmnist --random-weights");
  EXPECT_EQ(trained["totals"], random["totals"]);
  EXPECT_TRUE(random["accuracy"].is_null());
}

TEST(Simulate, ADefinitionRunsWithRandomWeights) {
  const json r = phasecore_json("simulate zoo:resnet32 --chip analog-fabric-48 --random-weights");
  EXPECT_EQ(r["model"]["parameters"], 466906);
  EXPECT_EQ(r["model"]["sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(r["mapping"]["cores_used"], 43);
  EXPECT_TRUE(r["accuracy"].is_null());
  // The stem's 1024 MVMs of 40 ns bound the pipeline.
  EXPECT_GE(r["totals"]["interval_ns"].get<double>(), 1024 * 40.0);
  EXPECT_EQ(phasecore_json("inspect zoo:resnet32 --chip analog-fabric-48")["mapping"]["cores_used"], 43);
}

TEST(Simulate, ATraceIsAVcdFile) {
  const TempDirectory place;
  const CommandResult run =
      phasecore("simulate zoo:resnet8-fmnist --data none --trace " + (place / "run.vcd"));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::string vcd = read_text(place / "run.vcd");
  EXPECT_NE(vcd.find("$enddefinitions"), std::string::npos);
  EXPECT_GT(vcd.size(), 10000u);
}

TEST(Infer, FloatOutputIsTheReferenceInference) {
  const TempDirectory place;
  const graph::Batch images = write_images(place / "x.npy", 5);
  const CommandResult run =
      phasecore("infer zoo:resnet8-fmnist --input " + (place / "x.npy") + " --output " + (place / "y.npy"));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto expected = graph::infer(onnx::read(source_path("models/zoo/resnet8-fmnist.onnx")), images);
  const auto got = common::read_npy(place / "y.npy");
  EXPECT_EQ(got.shape, (std::vector<long long>{5, 10}));
  EXPECT_EQ(got.values, expected[0].values);
}

TEST(Infer, TheChipsLogitsFollowTheFloatOnes) {
  const TempDirectory place;
  write_images(place / "x.npy", 20);
  const std::string in = "infer zoo:resnet8-fmnist-hwa --input " + (place / "x.npy") + " --output ";
  ASSERT_EQ(phasecore(in + (place / "float.npy")).exit_code, 0);
  ASSERT_EQ(phasecore(in + (place / "now.npy") + " --chip hermes-mesh --time 1s").exit_code, 0);
  ASSERT_EQ(
      phasecore(in + (place / "late.npy") + " --chip hermes-mesh --time 1y --compensation none").exit_code,
      0);
  const auto reference = common::read_npy(place / "float.npy").values;
  const auto distance = [&](const std::string& file) {
    const auto values = common::read_npy(place / file).values;
    EXPECT_EQ(values.size(), reference.size());
    double error = 0, size = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      error += std::pow(values[i] - reference[i], 2);
      size += std::pow(reference[i], 2);
    }
    return std::sqrt(error / size);
  };
  EXPECT_GT(distance("now.npy"), 0.01);
  EXPECT_LT(distance("now.npy"), 0.6);
  EXPECT_GT(distance("late.npy"), distance("now.npy"));
}

TEST(Infer, ASoftmaxAfterTheLogitsIsAppliedOnTheHost) {
  const TempDirectory place;
  graph::Network network = onnx::read(source_path("models/zoo/resnet8-fmnist-hwa.onnx"));
  network.layers.emplace_back("probabilities", graph::Softmax(), network.outputs);
  network.outputs = {static_cast<int>(network.layers.size()) - 1};
  write_text(place / "softmax.onnx", onnx::serialize(graph::build(network)));
  write_images(place / "x.npy", 3);
  const std::string run =
      "infer " + (place / "softmax.onnx") + " --input " + (place / "x.npy") + " --output ";
  ASSERT_EQ(phasecore(run + (place / "y.npy") + " --chip hermes-mesh").exit_code, 0);
  const auto y = common::read_npy(place / "y.npy");
  ASSERT_EQ(y.values.size(), 30u);
  for (int image = 0; image < 3; ++image) {
    double sum = 0;
    for (int k = 0; k < 10; ++k) {
      EXPECT_GE(y.values[image * 10 + k], 0.0f);
      sum += y.values[image * 10 + k];
    }
    EXPECT_NEAR(sum, 1.0, 1e-5);
  }
}

TEST(Infer, AWrongShapeIsRefused) {
  const TempDirectory place;
  write_text(place / "x.npy", common::npy_bytes({{2, 3}, std::vector<float>(6)}));
  const CommandResult run =
      phasecore("infer zoo:resnet8-fmnist --input " + (place / "x.npy") + " --output " + (place / "y.npy"));
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.err, "error: " + (place / "x.npy") + " has shape 2x3; expected Nx1x28x28 or 1x28x28\n");
}

TEST(Inspect, CountsWhatSimulateUses) {
  const json seen = phasecore_json("inspect zoo:resnet8-fmnist --chip hermes");
  EXPECT_EQ(seen["model"]["parameters"], 77418);
  const json run = phasecore_json("simulate zoo:resnet8-fmnist --chip hermes --data none");
  EXPECT_EQ(seen["mapping"], (json{{"cores_available", run["mapping"]["cores_available"]},
                                   {"cores_used", run["mapping"]["cores_used"]},
                                   {"utilization", run["mapping"]["utilization"]}}));
}

TEST(Inspect, CountsWeightsAndMacsOfRecurrentLayers) {
  const json seen = phasecore_json("inspect zoo:lstm504");
  EXPECT_EQ(seen["layers"][1]["macs"], 2032128) << "one step of 504 x 2016, twice";
  EXPECT_EQ(seen["stages"][0]["macs"], 2032128);
  const std::string text = phasecore("inspect zoo:lstm504").out;
  EXPECT_NE(text.find("lstm        LSTM     input  1x504   2032128  2032128\n"), std::string::npos) << text;
}

TEST(Describe, NamesUnitRangeMeaningAndSource) {
  const CommandResult chip = phasecore("describe chip hermes-mesh");
  ASSERT_EQ(chip.exit_code, 0) << chip.err;
  EXPECT_NE(chip.out.find("adc.bits"), std::string::npos);
  EXPECT_NE(chip.out.find("LG: 12-bit count per polarity"), std::string::npos);
  EXPECT_NE(chip.out.find("assumption: 64 KB per core"), std::string::npos);
  for (const char* what : {"device", "simulate", "train"})
    EXPECT_EQ(phasecore(std::string("describe ") + what).exit_code, 0);
  EXPECT_EQ(phasecore("describe chop").exit_code, 2);
}

TEST(Describe, ARecipeHasValuesOnlyWhereAFileGivesThem) {
  const auto epochs = [](const std::string& arguments) {
    const std::string out = phasecore("describe " + arguments).out;
    const std::size_t at = out.find("\nepochs ");
    std::istringstream row(out.substr(at == std::string::npos ? 0 : at));
    std::string key, second;
    row >> key >> second;
    return second;
  };
  EXPECT_EQ(epochs("train"), "epoch");  // the unit
  EXPECT_EQ(epochs("supernet"), "epoch");
  EXPECT_EQ(epochs("train " + data_file("configs/training/resnet8-fmnist.yaml")), "14");
}

TEST(Program, HelpAndVersionSucceed) {
  EXPECT_EQ(phasecore("--help").exit_code, 0);
  EXPECT_EQ(phasecore("--version").exit_code, 0);
  for (const char* command : {"simulate", "inspect", "infer", "describe"}) {
    const CommandResult help = phasecore(std::string(command) + " --help");
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_NE(help.out.find("--help"), std::string::npos);
  }
}

TEST(Map, WritesAMappingThatSimulateReads) {
  const TempDirectory directory;
  const std::string file = directory / "m.yaml";
  const CommandResult written =
      phasecore("map zoo:resnet8 --set mapping.objective=throughput --out '" + file + "'");
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_NE(written.out.find("Interval by the closed form 9.36 us"), std::string::npos) << written.out;
  EXPECT_NE(written.out.find("One core more: "), std::string::npos) << written.out;
  const std::string run = "simulate zoo:resnet8 --random-weights --data none --engine analytic ";
  const json fast = phasecore_json(run + "--mapping '" + file + "'");
  EXPECT_EQ(fast["totals"], phasecore_json(run + "--set mapping.objective=throughput")["totals"]);
  EXPECT_NEAR(fast["totals"]["interval_ns"].get<double>(), 9360, 1);
  EXPECT_EQ(fast["layers"][0]["tile"].size(), 2u);
  const json shown = phasecore_json("map zoo:resnet8 --mapping '" + file + "'");
  EXPECT_EQ(shown["closed_form_interval_ns"], 9360.0);
  EXPECT_TRUE(shown["one_core_more_interval_ns"].is_null()) << "nothing is left to choose";
}

TEST(Map, ShowsTheScheduleAndTheWavesOfLayers) {
  const std::string an =
      "zoo:resnet32 --chip analog-fabric-48 --set mapping.schedule=layer-serial --set "
      "crossbar.input_lsb_ns=0.171875";
  const CommandResult shown = phasecore("map " + an);
  EXPECT_NE(shown.out.find("Interval by the closed form 433.95 us, schedule layer-serial: 32 waves"),
            std::string::npos)
      << shown.out;
  EXPECT_NE(shown.out.find("waves  matrix"), std::string::npos) << shown.out;
  const json map = phasecore_json("map " + an);
  EXPECT_EQ(map["schedule"], "layer-serial");
  EXPECT_EQ(map["closed_form_interval_ns"], 433950.0);
  EXPECT_TRUE(map["bound_by"].is_null());
  EXPECT_EQ(map["layers"][0]["waves"], (json{1, 1}));
  EXPECT_EQ(map["layers"].back()["waves"], (json{32, 32}));
  const json run = phasecore_json("simulate " + an + " --random-weights --data none");
  EXPECT_EQ(run["mapping"]["schedule"], "layer-serial");
  EXPECT_GE(run["totals"]["interval_ns"].get<double>(), 433950);
  EXPECT_LE(run["totals"]["interval_ns"].get<double>(), 1.03 * 433950);
  const json pipelined = phasecore_json("map zoo:resnet8");
  EXPECT_EQ(pipelined["schedule"], "pipelined");
  EXPECT_FALSE(pipelined["layers"][0].contains("waves"));
}

// The state of a step comes back after the whole step, whatever the cores' work is.
TEST(Map, SaysThatLoopsAreBeyondTheClosedForm) {
  EXPECT_NE(phasecore("map zoo:lstm-ptb").out.find("a lower bound"), std::string::npos);
  EXPECT_EQ(phasecore("map zoo:resnet8").out.find("a lower bound"), std::string::npos);
  const std::string limited =
      "simulate zoo:lstm-ptb --random-weights --data none --engine analytic --set "
      "mapping.objective=throughput --set mapping.max_interval_ns=";
  EXPECT_NE(phasecore(limited + "30000").err.find("above mapping.max_interval_ns = 30000"),
            std::string::npos);
  EXPECT_EQ(phasecore(limited + "300000").err.find("max_interval_ns"), std::string::npos);
}

TEST(Map, RefusesAMappingOfAnotherNetworkAndAChoiceBesideIt) {
  const TempDirectory directory;
  const std::string file = directory / "m.yaml";
  ASSERT_EQ(phasecore("map zoo:resnet8 --out '" + file + "'").exit_code, 0);
  const CommandResult other = phasecore("map zoo:resnet20 --mapping '" + file + "'");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("m.yaml:2:"), std::string::npos) << other.err;
  EXPECT_NE(other.err.find("the mapping is of network 'resnet8', the network is 'resnet20'"),
            std::string::npos)
      << other.err;
  const CommandResult both = phasecore("simulate zoo:resnet8 --random-weights --data none --mapping '" +
                                       file + "' --set mapping.objective=cores");
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_NE(both.err.find("chooses a mapping, and --mapping gives one"), std::string::npos) << both.err;
}

}  // namespace
}  // namespace phasecore::test
