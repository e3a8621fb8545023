// phasecore-train as a user runs it, on a small data set made here.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <vector>

#include "models/onnx/onnx.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

std::string big_endian(unsigned value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

/// Images of 8x8 pixels in the MNIST format: class c has a bright 3x3 square at a place of its own, amid
/// noise.
void write_images(const std::string& directory, const std::string& prefix, unsigned count) {
  std::string images = big_endian(2051) + big_endian(count) + big_endian(8) + big_endian(8);
  std::string labels = big_endian(2049) + big_endian(count);
  std::mt19937 engine(count);
  for (unsigned i = 0; i < count; ++i) {
    const unsigned label = engine() % 10;
    labels += static_cast<char>(label);
    for (unsigned y = 0; y < 8; ++y)
      for (unsigned x = 0; x < 8; ++x) {
        const bool bright = y / 3 == label / 4 && x >= label % 4 * 2 && x < label % 4 * 2 + 2;
        images += static_cast<char>(engine() % 100 + (bright ? 120 : 0));
      }
  }
  test::write_text(directory + "/" + prefix + "-images-idx3-ubyte", images);
  test::write_text(directory + "/" + prefix + "-labels-idx1-ubyte", labels);
}

/// A directory with data and a recipe for a small network on it.
class Workshop {
 public:
  Workshop() {
    write_images(directory_.path(), "train", 7000);
    write_images(directory_.path(), "t10k", 500);
    test::write_text(directory_ / "small.yaml",
                     "name: small\nchannels: [4, 4, 8]\ndata: mnist:" + directory_.path() +
                         "\nseed: 1\nepochs: 2\nbatch_size: 50\nlearning_rate: 0.1\nwarmup_epochs: 0\n"
                         "momentum: 0.9\nweight_decay: 0.0005\nlabel_smoothing: 0.1\n"
                         "augmentation: {crop_padding_px: 1, horizontal_flip: false}\n"
                         "hardware: {weight_noise: 0.05, weight_reference: column, noise_ramp_epochs: 1, "
                         "output_noise: 0.01, weight_clip_sigma: 2.5, activation_bits: 8}\n"
                         "noisy_validation: {weight_noise: 0.05, instances: 1, images: 500}\n");
  }
  std::string operator/(const std::string& name) const { return directory_ / name; }
  test::CommandResult train(const std::string& arguments) const {
    return test::run_command("cd " + directory_.path() + " && " PHASECORE_TRAIN_PROGRAM " " + arguments);
  }

 private:
  test::TempDirectory directory_;
};

std::vector<nlohmann::json> lines_of(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(TrainProgram, LossFallsAndTheResultIsReported) {
  const Workshop shop;
  const auto result = shop.train("small.yaml --set epochs=4");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 5u);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(lines[i]["epoch"], i + 1);
  EXPECT_EQ(lines[3]["eta_s"], 0);
  EXPECT_LT(lines[3]["loss"].get<double>(), 0.8 * lines[0]["loss"].get<double>());
  EXPECT_GT(lines[3]["validation_accuracy"].get<double>(), 0.5);  // chance is 0.1
  EXPECT_GT(lines[4]["test_accuracy"].get<double>(), 0.5);
  EXPECT_EQ(lines[4]["output"], "small.onnx");
  const graph::Network network = onnx::read(shop / "small.onnx");
  EXPECT_NE(network.metadata.at("phasecore.recipe").find("weight_clip_sigma: 2.5"), std::string::npos);
}

/// One epoch, then the other in a new process: the same bytes as both at once. The recipe in the file says 2
/// epochs in all three runs, so the first half is cut off by a signal as a user would do it.
TEST(TrainProgram, ResumedRunEqualsAnUninterruptedOneBitForBit) {
  const Workshop shop;
  const auto whole = shop.train("small.yaml --out whole.onnx");
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  // `head -n 1` leaves after the first epoch's line; the checkpoint was written before it.
  const auto half = test::run_command("cd " + (shop / ".") +
                                      " && (" PHASECORE_TRAIN_PROGRAM
                                      " small.yaml --out parts.onnx & echo $! > pid; wait $!) | head -n 1; "
                                      "kill -9 $(cat pid); true");
  ASSERT_EQ(lines_of(half.out).size(), 1u);
  const auto rest = shop.train("small.yaml --out parts.onnx --resume");
  ASSERT_EQ(rest.exit_code, 0) << rest.err;
  const auto lines = lines_of(rest.out);
  ASSERT_EQ(lines.size(), 2u) << "the second epoch and the result";
  EXPECT_EQ(lines[0]["epoch"], 2);
  EXPECT_EQ(lines[0]["loss"], lines_of(whole.out)[1]["loss"]);
  EXPECT_EQ(test::read_text(shop / "parts.onnx"), test::read_text(shop / "whole.onnx"));
}

TEST(TrainProgram, HardwareSwitchesChangeTheResult) {
  const Workshop shop;
  std::vector<std::string> results;
  for (const char* change : {"epochs=1", "hardware.weight_noise=0.1", "hardware.activation_bits=3",
                             "hardware.weight_clip_sigma=1.5", "hardware.output_noise=0.1", "seed=2"}) {
    const auto run =
        shop.train(std::string("small.yaml --set epochs=1 --set training_images=500 --set ") + change);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    results.push_back(lines_of(run.out)[0]["loss"].dump());
  }
  for (std::size_t i = 1; i < results.size(); ++i) EXPECT_NE(results[i], results[0]) << i;
}

TEST(TrainProgram, BadInputExitsWithTwoAndSaysWhy) {
  const Workshop shop;
  const auto expect_refusal = [&](const std::string& arguments, const std::string& message) {
    const auto result = shop.train(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments << "\n" << result.err;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
    EXPECT_EQ(result.out, "");
  };
  expect_refusal("", "error: no TRAIN.yaml given; see phasecore-train --help");
  expect_refusal("small.yaml --fast", "unrecognised option '--fast'; see phasecore-train --help");
  expect_refusal("absent.yaml", "absent.yaml");
  expect_refusal("small.yaml --set epochs=0", "'epochs' is 0; allowed is 1 to 10000");
  expect_refusal("small.yaml --set epoch=1", "unknown key 'epoch'; did you mean 'epochs'?");
  expect_refusal("small.yaml --set data=minst", "data set 'minst' is not known");
  expect_refusal("small.yaml --set batch_size=2000",
                 "'batch_size' is 2000, but there are only 1000 training images");
  expect_refusal("small.yaml --set start_from=absent.onnx", "absent.onnx");
  expect_refusal("small.yaml --resume", "small.onnx.checkpoint");
  test::write_text(shop / "small.onnx.checkpoint", "not a checkpoint");
  expect_refusal("small.yaml --resume", "small.onnx.checkpoint: error: not a checkpoint, or a broken one");
}

TEST(TrainProgram, CheckpointOfOtherSettingsIsRefused) {
  const Workshop shop;
  const auto first = shop.train("small.yaml --set epochs=1 --set training_images=100");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const auto second = shop.train("small.yaml --resume");
  EXPECT_EQ(second.exit_code, 2);
  EXPECT_EQ(second.err,
            "small.onnx.checkpoint: error: the checkpoint was made with other settings; give the same ones, "
            "or start "
            "again without --resume\n");
}

TEST(TrainProgram, UnwritableOutputExitsWithThreeBeforeTraining) {
  const Workshop shop;
  const auto result = shop.train("small.yaml --out small.yaml/below-a-file.onnx");
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_EQ(result.out, "");
}

}  // namespace
}  // namespace phasecore
