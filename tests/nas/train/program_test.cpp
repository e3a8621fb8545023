// Whole training runs, in this process and as a user starts them, on a small data set made here.
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "common/npy.hpp"
#include "models/graph/builder.hpp"
#include "models/graph/ops/transpose.hpp"
#include "models/onnx/onnx.hpp"
#include "nas/train/networks.hpp"
#include "nas/train/run.hpp"
#include "nas/train/trainer.hpp"
#include "nas/train/transfer.hpp"
#include "tests/nas/train/made_up_images.hpp"
#include "tests/nas/train/small_networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

/// Two convolutions with batch norms around a skip, a pool, and a classifier. The values are drawn when it is
/// trained.
graph::Network small_network() {
  graph::Builder b("", {1, 8, 8});
  const auto conv = [&](const std::string& name, int from) {
    return b.batch_norm(name + ".norm", b.conv(name, from, 8, graph::centred_window(3, 1)));
  };
  const int stem = b.relu("stem.relu", conv("stem", b.input()));
  const int sum = b.relu("relu", b.add("add", stem, conv("conv", stem)));
  const int pooled = b.max_pool("pool", sum, graph::square_window(2, 2));
  b.deliver(b.gemm("classifier", b.flatten("flatten", pooled), 10));
  return graph::build(b.finish());
}

/// A directory with data and a recipe for a small network on it.
class Workshop {
 public:
  Workshop() {
    test::write_images(directory_.path(), "train", 7000, 8);
    test::write_images(directory_.path(), "t10k", 500, 8);
    test::write_text(directory_ / "shape.onnx", onnx::serialize(small_network()));
    test::write_text(
        directory_ / "small.yaml",
        "name: small\nnetwork: {model: " + (directory_ / "shape.onnx") +
            "}\ndata: mnist:" + directory_.path() +
            "\nseed: 1\nepochs: 2\nbatch_size: 50\noptimizer: sgd\nlearning_rate: 0.1\nwarmup_epochs: 0\n"
            "momentum: 0.9\nweight_decay: 0.0005\nlabel_smoothing: 0.1\n"
            "augmentation: {crop_padding_h_px: 1, crop_padding_w_px: 1, horizontal_flip: false}\n"
            "hardware: {weight_noise: 0.05, weight_reference: column, noise_ramp_epochs: 1, "
            "output_noise: 0.01, weight_clip_sigma: 2.5, activation_bits: 8}\n"
            "noisy_validation: {weight_noise: 0.05, instances: 1, images: 500}\n");
  }
  std::string operator/(const std::string& name) const { return directory_ / name; }
  train::RunOptions options(const std::vector<std::string>& assignments, const std::string& output) const {
    return {directory_ / "small.yaml", assignments, false, directory_ / output};
  }
  /// Runs in this process (libtorch takes long to load); the JSON lines.
  std::vector<nlohmann::json> train(const std::vector<std::string>& assignments,
                                    const std::string& output) const {
    return lines_of(run(options(assignments, output)));
  }
  static std::string run(const train::RunOptions& options) {
    std::ostringstream progress;
    train::run(options, progress);
    return progress.str();
  }
  static std::vector<nlohmann::json> lines_of(const std::string& text) {
    std::vector<nlohmann::json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

 private:
  test::TempDirectory directory_;
};

/// The program itself, in the workshop.
test::CommandResult program(const Workshop& shop, const std::string& arguments) {
  return test::run_command("cd " + (shop / ".") + " && " PHASECORE_TRAIN_PROGRAM " " + arguments);
}

TEST(TrainRun, LossFallsAndTheResultIsReported) {
  const Workshop shop;
  const auto lines = shop.train({"epochs=4"}, "small.onnx");
  ASSERT_EQ(lines.size(), 5u);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(lines[i]["epoch"], i + 1);
  EXPECT_EQ(lines[3]["eta_s"], 0);
  EXPECT_LT(lines[3]["loss"].get<double>(), 0.8 * lines[0]["loss"].get<double>());
  EXPECT_GT(lines[3]["validation_accuracy"].get<double>(), 0.5);  // chance is 0.1
  EXPECT_GT(lines[4]["test_accuracy"].get<double>(), 0.5);
  EXPECT_EQ(lines[4]["output"], shop / "small.onnx");
  const graph::Network network = onnx::read(shop / "small.onnx");
  EXPECT_NE(network.metadata.at("phasecore.recipe").find("weight_clip_sigma: 2.5"), std::string::npos);
}

/// Data in memory, as run() loads it.
train::TrainingData data_of(const train::Settings& settings) {
  return {data::load(settings.data, data::Part::Training), data::load(settings.data, data::Part::Calibration),
          data::load(settings.data, data::Part::Validation)};
}

train::Trainer trainer_of(const train::Settings& settings, const train::TrainingData& data) {
  at::set_num_threads(1);
  return {settings, data, train::network_of(settings.network, data.training, settings.seed)};
}

/// Everything that can be on at once, beside the recipe's.
std::vector<std::string> everything(const Workshop& shop) {
  return {"hardware.weight_noise=1",
          "hardware.weight_noise_device=hermes-2",
          "hardware.drop_connect=0.01",
          "hardware.learned_ranges=true",
          "hardware.tile_rows=20",
          "hardware.adc_bits=8",
          "hardware.clean_statistics_images=10",
          "augmentation.mixup=0.2",
          "teacher=" + (shop / "teacher.onnx"),
          "teacher_weight=0.5",
          "teacher_temperature=3"};
}

TEST(TrainRun, ContinuedFromACheckpointEqualsAnUninterruptedRunBitForBit) {
  const Workshop shop;
  shop.train({"epochs=1", "hardware.noise_ramp_epochs=0", "training_images=200"}, "teacher.onnx");
  std::vector<std::string> adam = everything(shop);
  adam.insert(adam.end(), {"optimizer=adam", "learning_rate=0.005"});
  for (const auto& changes : {std::vector<std::string>{}, everything(shop), adam}) {
    const auto settings = train::load_settings(shop / "small.yaml", changes);
    const train::TrainingData data = data_of(settings);
    train::Trainer whole = trainer_of(settings, data);
    whole.run_epoch([](int) {});
    const std::string checkpoint = whole.checkpoint();
    const double loss = whole.run_epoch([](int) {}).loss;

    train::Trainer continued = trainer_of(settings, data);
    continued.restore(checkpoint, "checkpoint");
    EXPECT_EQ(continued.epochs_done(), 1);
    EXPECT_NE(continued.checkpoint(), whole.checkpoint());
    EXPECT_EQ(continued.run_epoch([](int) {}).loss, loss);
    EXPECT_EQ(continued.history(), whole.history());
    EXPECT_EQ(onnx::serialize(continued.result()), onnx::serialize(whole.result()));
  }
}

TEST(TrainRun, LegsEndWhereOneRunEndsWhenThereIsNoMomentumToLose) {
  const Workshop shop;
  const std::vector<std::string> common = {"epochs=4", "momentum=0", "training_images=500"};
  const auto whole = shop.train(common, "whole.onnx");

  auto first = common;
  first.emplace_back("last_epoch=2");
  const auto one = shop.train(first, "leg1.onnx");
  ASSERT_EQ(one.size(), 3u);
  EXPECT_EQ(one[1], whole[1]);
  const graph::Network between = onnx::read(shop / "leg1.onnx");
  EXPECT_GE(between.find("conv.norm"), 0) << "the next leg needs the running statistics";

  auto second = common;
  second.insert(second.end(), {"first_epoch=3", "start_from=" + (shop / "leg1.onnx")});
  const auto two = shop.train(second, "leg2.onnx");
  ASSERT_EQ(two.size(), 3u);
  EXPECT_EQ(two[0]["epoch"], 3);
  EXPECT_EQ(two[0]["learning_rate"], whole[2]["learning_rate"]);
  EXPECT_EQ(two[1]["loss"], whole[3]["loss"]);
  const auto values = [&](const std::string& file) {
    graph::Network network = onnx::read(shop / file);
    network.metadata.clear();  // the recipes differ
    return onnx::serialize(network);
  };
  EXPECT_EQ(values("leg2.onnx"), values("whole.onnx"));
  EXPECT_THAT(test::read_text(shop / "leg2.loss.csv"), testing::HasSubstr("\n3,"));
  EXPECT_THAT(test::read_text(shop / "leg2.loss.csv"), testing::Not(testing::HasSubstr("\n1,")));
}

TEST(TrainRun, TheEndOfALegMayBeMovedWhenResuming) {
  const Workshop shop;
  shop.train({"epochs=4", "last_epoch=3", "training_images=200"}, "leg.onnx");
  train::RunOptions resume = shop.options({"epochs=4", "last_epoch=2", "training_images=200"}, "leg.onnx");
  resume.resume = true;
  EXPECT_THAT(test::input_error([&] { Workshop::run(resume); }),
              testing::HasSubstr("the checkpoint has done 3 epochs; 'last_epoch' is 2"));
  resume.assignments = {"epochs=4", "training_images=200"};
  const auto lines = Workshop::lines_of(Workshop::run(resume));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["epoch"], 4);
  const auto whole = shop.train({"epochs=4", "training_images=200"}, "whole.onnx");
  EXPECT_EQ(lines[0]["loss"], whole[3]["loss"]);
}

TEST(TrainRun, EverySwitchChangesTheResult) {
  const Workshop shop;
  shop.train({"epochs=1", "hardware.noise_ramp_epochs=0", "training_images=200"}, "teacher.onnx");
  const std::string teacher = "teacher=" + (shop / "teacher.onnx");
  const std::vector<std::vector<std::string>> changes = {
      {},
      {"hardware.weight_noise=0.1"},
      {"hardware.weight_noise=1", "hardware.weight_noise_device=hermes-2"},
      {"hardware.weight_noise=1", "hardware.weight_noise_device=hermes-1"},
      {"hardware.activation_bits=3"},
      {"hardware.interlayer=host"},
      {"hardware.logits_fp16=false"},
      {"hardware.weight_clip_sigma=1.5"},
      {"hardware.weight_clip_sigma=null", "hardware.weight_clip=0.2"},
      {"hardware.output_noise=0.1"},
      {"hardware.weight_reference=layer"},
      {"hardware.clean_statistics_images=50"},
      {"hardware.clean_statistics_images=10"},
      {"hardware.drop_connect=0.05"},
      {"hardware.learned_ranges=true"},
      {"hardware.tile_rows=20"},
      {"hardware.adc_bits=5"},
      {"hardware.adc_bits=5", "hardware.tile_rows=20"},
      {"augmentation.crop_padding_h_px=0"},
      {"augmentation.crop_padding_w_px=0"},
      {"augmentation.horizontal_flip=true"},
      {"augmentation.mixup=0.5"},
      {"optimizer=adam"},
      {"momentum=0.5"},
      {"weight_decay=0.01"},
      {"label_smoothing=0"},
      {"hardware.noise_ramp_epochs=0"},
      {"learning_rate=0.05"},
      {"batch_size=25"},
      {"product_format=bfloat16"},
      {"warmup_epochs=1"},
      {teacher, "teacher_weight=0.5", "teacher_temperature=3"},
      {teacher, "teacher_weight=0.5", "teacher_temperature=1"},
      {"start_from=" + (shop / "teacher.onnx")},
      {"seed=2"}};
  std::set<double> losses;
  for (auto change : changes) {
    change.emplace_back("training_images=500");
    losses.insert(shop.train(change, "out.onnx")[0]["loss"].get<double>());
  }
  EXPECT_EQ(losses.size(), changes.size());
}

TEST(TrainRun, LossesLookBehindASoftmaxOfStudentAndTeacher) {
  const Workshop shop;
  const std::vector<std::string> brief = {"epochs=1", "hardware.noise_ramp_epochs=0", "training_images=200"};
  shop.train(brief, "teacher.onnx");
  test::write_text(shop / "softmax.onnx", onnx::serialize(test::with_softmax(small_network())));
  test::write_text(shop / "softmax-teacher.onnx",
                   onnx::serialize(test::with_softmax(onnx::read(shop / "teacher.onnx"))));
  const auto loss = [&](const char* network, const char* teacher) {
    auto set = brief;
    set.push_back("network.model=" + (shop / network));
    set.push_back("teacher=" + (shop / teacher));
    set.insert(set.end(), {"teacher_weight=0.5", "teacher_temperature=2"});
    return shop.train(set, "out.onnx")[0]["loss"].get<double>();
  };
  const double plain = loss("shape.onnx", "teacher.onnx");
  EXPECT_EQ(loss("softmax.onnx", "teacher.onnx"), plain);
  EXPECT_EQ(loss("shape.onnx", "softmax-teacher.onnx"), plain);
}

TEST(TrainRun, LearnedRangesMoveAndStandInTheFile) {
  const Workshop shop;
  const auto settings = train::load_settings(shop / "small.yaml", {"hardware.learned_ranges=true"});
  const train::TrainingData data = data_of(settings);
  train::Trainer trainer = trainer_of(settings, data);
  trainer.run_epoch([](int) {});
  const train::Ranges first = trainer.learned_ranges();
  trainer.run_epoch([](int) {});
  const train::Ranges second = trainer.learned_ranges();
  const auto names = [](const train::Ranges& ranges) {
    std::vector<std::string> found;
    for (const auto& range : ranges) found.push_back(range.first);
    return found;
  };
  // The convolution adds, clamps and pools before its values become codes; logits leave as FP16.
  EXPECT_THAT(names(first), testing::ElementsAre("input", "pool", "stem.relu"));
  const auto by_host = train::load_settings(
      shop / "small.yaml",
      {"hardware.learned_ranges=true", "hardware.interlayer=host", "hardware.logits_fp16=false"});
  EXPECT_THAT(names(trainer_of(by_host, data).learned_ranges()),
              testing::ElementsAre("classifier", "conv.norm", "input", "pool", "relu", "stem.relu"));
  for (const auto& [name, range] : second) {
    EXPECT_GT(range, 0) << name;
    EXPECT_NE(range, first.at(name)) << name;
  }
  EXPECT_FLOAT_EQ(trainer.result().ranges.at("stem.relu"), second.at("stem.relu"));
}

TEST(TrainRun, LossesStandInACsvFileBesideTheNetwork) {
  const Workshop shop;
  const auto lines = shop.train({"training_images=200"}, "out.onnx");
  std::istringstream csv(test::read_text(shop / "out.loss.csv"));
  std::string line;
  std::getline(csv, line);
  EXPECT_EQ(line, "epoch,learning_rate,loss,validation_accuracy,noisy_validation_accuracy");
  for (int epoch = 1; epoch <= 2; ++epoch) {
    std::getline(csv, line);
    EXPECT_EQ(line.substr(0, 2), std::to_string(epoch) + ",");
    const auto loss = lines[epoch - 1]["loss"].dump();
    EXPECT_THAT(line, testing::HasSubstr("," + loss + ","));
  }
  EXPECT_FALSE(std::getline(csv, line));
}

TEST(TrainRun, WhatIsNotWatchedIsNullAndAnEmptyCell) {
  const Workshop shop;
  const auto lines = shop.train(
      {"epochs=1", "hardware.noise_ramp_epochs=0", "training_images=200", "noisy_validation.instances=0"},
      "out.onnx");
  EXPECT_TRUE(lines[0]["noisy_validation_accuracy"].is_null());
  const std::string csv = test::read_text(shop / "out.loss.csv");
  EXPECT_THAT(csv, testing::EndsWith("," + lines[0]["validation_accuracy"].dump() + ",\n"));
}

TEST(TrainRun, BadInputIsRefusedWithItsReason) {
  const Workshop shop;
  const auto message = [&](const std::string& assignment) {
    return test::input_error([&] { Workshop::run(shop.options({assignment}, "out.onnx")); });
  };
  EXPECT_EQ(message("epochs=0"), "--set: error: 'epochs' is 0; allowed is 1 to 10000 epoch");
  EXPECT_EQ(message("epoch=1"), "--set: error: unknown key 'epoch'; did you mean 'epochs'?");
  EXPECT_THAT(message("data=minst"), testing::HasSubstr("did you mean 'mnist'?"));
  EXPECT_EQ(message("batch_size=6000"),
            "error: 'batch_size' is 6000, but there are only 5600 training images");
  EXPECT_THAT(message("start_from=absent.onnx"), testing::HasSubstr("absent.onnx"));
  EXPECT_THAT(message("network=rsnet8"), testing::HasSubstr("did you mean 'resnet8'?"));
  EXPECT_THAT(message("hardware.weight_noise_device=hermes"),
              testing::HasSubstr("there is no device 'hermes'"));
}

/// Images {2, 4, 3} in the order of these axes, with labels: a training part and a test part as .npy files.
void write_arrays(const std::string& folder, const std::vector<int>& order) {
  const std::vector<int> extents{2, 4, 3}, strides{12, 3, 1};
  std::filesystem::create_directory(folder);
  for (const auto& [part, count] : {std::pair("train", 400), std::pair("test", 100)}) {
    common::NpyArray x, y;
    x.shape = {count, extents[order[0]], extents[order[1]], extents[order[2]]};
    y.shape = {count};
    for (int i = 0; i < count; ++i) {
      y.values.push_back(static_cast<float>(i % 3));
      for (int a = 0; a < extents[order[0]]; ++a)
        for (int b = 0; b < extents[order[1]]; ++b)
          for (int c = 0; c < extents[order[2]]; ++c) {
            const int at = a * strides[order[0]] + b * strides[order[1]] + c * strides[order[2]];
            x.values.push_back(static_cast<float>((at * 7 + i % 3 * 5 + i) % 11) / 8);
          }
    }
    test::write_text(folder + "/" + part + "_x.npy", common::npy_bytes(x));
    test::write_text(folder + "/" + part + "_y.npy", common::npy_bytes(y));
  }
}

TEST(TrainRun, ArraysStandAsTheNetworksFileSays) {
  const Workshop shop;
  const auto network = [&](const std::string& name, const graph::Shape& input,
                           const std::vector<int>& order) {
    graph::Builder b("", input);
    int from = b.input();
    if (!order.empty()) from = b.append("first", graph::Transpose(order), {from});
    const int conv = b.conv("conv", from, 4, graph::centred_window(3, 1));
    b.deliver(b.gemm("classifier", b.flatten("flatten", b.relu("relu", conv)), 3));
    test::write_text(shop / name, onnx::serialize(graph::build(b.finish())));
  };
  network("first.onnx", {2, 4, 3}, {});
  network("last.onnx", {4, 3, 2}, {2, 0, 1});
  write_arrays(shop / "first", {0, 1, 2});
  write_arrays(shop / "last", {1, 2, 0});
  const auto losses = [&](const std::string& file, const std::string& data) {
    std::vector<double> values;
    for (const auto& line : shop.train(
             {"network.model=" + (shop / file), "data=npy:" + (shop / data), "noisy_validation.instances=0"},
             "out.onnx"))
      if (line.contains("loss")) values.push_back(line["loss"].get<double>());
    return values;
  };
  const auto wanted = losses("first.onnx", "first");
  ASSERT_EQ(wanted.size(), 2u);
  EXPECT_EQ(losses("last.onnx", "last"), wanted);
  EXPECT_EQ(losses("last.onnx", "first"), wanted) << "with channels first, too";
  EXPECT_THAT(test::input_error([&] { losses("first.onnx", "last"); }),
              testing::HasSubstr("channels seem to stand last (NHWC)"));
}

TEST(TrainRun, ImagesThatSeemToHaveTheirChannelsLastAreNotedWhereANetworkIsBuiltForThem) {
  const Workshop shop;
  const auto settings = train::load_settings(shop / "small.yaml", {"network.model=resnet8"});
  const auto said = [&](const graph::Shape& shape) {
    data::Dataset set;
    set.name = "npz:mine.npz";
    set.shape = shape;
    set.classes = 10;
    testing::internal::CaptureStderr();
    train::network_of(settings.network, set, 1);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(
      said({16, 12, 3}),
      "note: the images of npz:mine.npz are 16x12x3: the network is built for 16 channels of 12 x 3; if the "
      "channels stand last (NHWC), save x.transpose(0, 3, 1, 2)\n");
  EXPECT_EQ(said({3, 16, 12}), "");
  EXPECT_EQ(said({3, 16, 4}), "");
}

TEST(TrainRun, WhatItReadsIsNotReplaced) {
  const Workshop shop;
  const auto refused = [&](const std::vector<std::string>& assignments, const std::string& output) {
    const std::string before = test::read_text(shop / output);
    const std::string message = test::input_error([&] { Workshop::run(shop.options(assignments, output)); });
    EXPECT_THAT(message, testing::HasSubstr("' is what this command reads ('"));
    EXPECT_EQ(test::read_text(shop / output), before);
  };
  refused({}, "small.yaml");
  refused({}, "shape.onnx");
  std::filesystem::copy_file(shop / "shape.onnx", shop / "other.onnx");
  refused({"start_from=" + (shop / "other.onnx")}, "other.onnx");
  refused({"teacher=" + (shop / "other.onnx"), "teacher_weight=0.5", "teacher_temperature=3"}, "other.onnx");
}

TEST(TrainRun, CheckpointsThatDoNotFitAreRefused) {
  const Workshop shop;
  train::RunOptions resume = shop.options({}, "small.onnx");
  resume.resume = true;
  const std::string checkpoint = shop / "small.onnx.checkpoint";
  const auto refusal = [&] { return test::input_error([&] { Workshop::run(resume); }); };
  EXPECT_THAT(refusal(), testing::HasSubstr(checkpoint)) << "there is none";
  test::write_text(checkpoint, "not a checkpoint");
  const std::string broken =
      checkpoint + ": error: not a checkpoint, or a broken one; without --resume it is replaced";
  EXPECT_EQ(refusal(), broken);
  shop.train({"epochs=1", "hardware.noise_ramp_epochs=0", "training_images=100"}, "small.onnx");
  EXPECT_EQ(refusal(), checkpoint +
                           ": error: the checkpoint was made with other settings; give the same ones, or "
                           "start again without --resume");
  const std::string bytes = test::read_text(checkpoint);
  test::write_text(checkpoint, bytes.substr(0, bytes.size() / 2));
  EXPECT_EQ(refusal(), broken);
}

/// Killed after the first epoch's line, which is written behind its checkpoint; wherever the kill hits, the
/// resumed run has to end at the same network.
TEST(TrainProgram, KilledAndResumedRunEndsAtTheSameBytes) {
  const Workshop shop;
  shop.train({}, "whole.onnx");
  const auto half = test::run_command("cd " + (shop / ".") +
                                      " && (" PHASECORE_TRAIN_PROGRAM
                                      " small.yaml --out parts.onnx & echo $! > pid; wait $!) | head -n 1; "
                                      "kill -9 $(cat pid)");
  ASSERT_EQ(Workshop::lines_of(half.out).size(), 1u) << half.err;
  const auto rest = program(shop, "small.yaml --out parts.onnx --resume");
  ASSERT_EQ(rest.exit_code, 0) << rest.err;
  EXPECT_LE(Workshop::lines_of(rest.out).size(), 2u) << "the first epoch is not done again";
  EXPECT_EQ(test::read_text(shop / "parts.onnx"), test::read_text(shop / "whole.onnx"));
  EXPECT_EQ(test::read_text(shop / "parts.loss.csv"), test::read_text(shop / "whole.loss.csv"));
}

TEST(TrainProgram, BadInputExitsWithTwo) {
  const Workshop shop;
  const auto option = program(shop, "small.yaml --fast");
  EXPECT_EQ(option.exit_code, 2);
  EXPECT_EQ(option.err, "error: unrecognised option '--fast'; see phasecore-train --help\n");
  const auto none = program(shop, "");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_EQ(none.err, "error: no TRAIN.yaml given; see phasecore-train --help\n");
  const auto key = program(shop, "small.yaml --set epoch=1");
  EXPECT_EQ(key.exit_code, 2);
  EXPECT_EQ(key.err, "--set: error: unknown key 'epoch'; did you mean 'epochs'?\n");
}

TEST(TrainProgram, UnwritableOutputExitsWithThreeBeforeTraining) {
  const Workshop shop;
  const auto result = program(shop, "small.yaml --out small.yaml/below-a-file.onnx");
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_EQ(result.out, "");
  // Every file the run will write, not only the first of them.
  for (const char* taken : {"a.onnx", "a.onnx.checkpoint", "a.loss.csv"}) {
    ASSERT_EQ(mkdir((shop / taken).c_str(), 0755), 0);
    const auto refused = program(shop, "small.yaml --out a.onnx");
    EXPECT_EQ(refused.exit_code, 3) << taken << refused.err;
    EXPECT_EQ(refused.out, "") << taken;
    EXPECT_NE(refused.err.find(taken), std::string::npos) << refused.err;
    rmdir((shop / taken).c_str());
  }
}

TEST(TrainProgram, ANameIsNoPath) {
  const Workshop shop;
  const auto result = program(shop, "small.yaml --set name=../escaped");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "--set: error: 'name' has a slash; where files go is for --out to say\n");
}

}  // namespace
}  // namespace phasecore
