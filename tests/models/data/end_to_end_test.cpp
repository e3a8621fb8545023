// Each task from its files to a report, as a user goes: phasecore-train with the shipped recipe on a few
// examples made here, then phasecore simulate, which finds the data by the recipe that the network carries.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "models/data/speech_commands.hpp"
#include "tests/models/data/image_writer.hpp"
#include "tests/models/data/wav_writer.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct Outcome {
  Json training;  ///< the trainer's last line
  Json report;    ///< of simulate
};

Outcome train_and_simulate(const std::string& recipe, const std::string& data,
                           const std::string& train_options, const std::string& simulate_options) {
  const test::TempDirectory place;
  const std::string network = place / "network.onnx";
  const auto trained = test::run_command(
      std::string(PHASECORE_TRAIN_PROGRAM) + " '" + test::source_path("configs/training/" + recipe) +
      "' --set 'data=" + data + "' --set warmup_epochs=0 --set noisy_validation.instances=0 --out '" +
      network + "' " + train_options);
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  const auto simulated =
      test::run_command(std::string(PHASECORE_PROGRAM) + " simulate '" + network +
                        "' --instances 1 --times 1d --layer-samples 0 --json " + simulate_options);
  EXPECT_EQ(simulated.exit_code, 0) << simulated.err;
  const std::string last = trained.out.substr(trained.out.rfind("\n{") + 1);
  return {Json::parse(last, nullptr, false), Json::parse(simulated.out, nullptr, false)};
}

/// Both programs read the same test images and computed the same network.
void expect_agreement(const Outcome& outcome, const std::string& data, int test_images) {
  ASSERT_FALSE(outcome.training.is_discarded() || outcome.report.is_discarded());
  const Json& accuracy = outcome.report["accuracy"];
  EXPECT_EQ(accuracy["dataset"], data);
  EXPECT_EQ(accuracy["part"], "test");
  EXPECT_EQ(accuracy["samples"], test_images);
  EXPECT_EQ(accuracy["float"], outcome.training["test_accuracy"]);
  EXPECT_EQ(outcome.report["model"]["parameters"], outcome.training["parameters"]);
  EXPECT_EQ(accuracy["points"].size(), 1u);
}

TEST(EndToEnd, Cifar10) {
  const test::TempDirectory place;
  // The class is the place of a bright band amid noise.
  std::mt19937 engine(1);
  for (int f = 1; f <= 6; ++f) {
    std::string bytes;
    for (int i = 0; i < (f == 6 ? 100 : 250); ++i) {
      bytes += static_cast<char>(i % 10);
      for (int p = 0; p < 3072; ++p) {
        const bool band = p % 1024 / 32 / 3 == i % 10;
        bytes += static_cast<char>(engine() % 100 + (band ? 150 : 0));
      }
    }
    test::write_text(place / (f == 6 ? "test_batch.bin" : "data_batch_" + std::to_string(f) + ".bin"), bytes);
  }
  const Outcome outcome = train_and_simulate(
      "resnet8-cifar10.yaml", "cifar10:" + place.path(),
      "--set epochs=1 --set batch_size=25 --set augmentation.crop_padding_h_px=0", "--samples 100");
  expect_agreement(outcome, "cifar10", 100);
  EXPECT_GT(outcome.training["validation_accuracy"], 0.2);  // chance: 0.1 +- 0.08 (three deviations)
}

TEST(EndToEnd, Keywords) {
  const test::TempDirectory place;
  // Each word is a tone of its own; forty speakers, of whom four are for validation and four for testing.
  std::vector<std::string> words = data::kKeywords;
  words.emplace_back("bed");
  std::mt19937 engine(1);
  const auto noise = [&](int samples) {
    std::vector<std::int16_t> values(static_cast<std::size_t>(samples));
    for (auto& v : values) v = static_cast<std::int16_t>(static_cast<int>(engine() % 401) - 200);
    return values;
  };
  std::string validation, testing;
  for (std::size_t w = 0; w < words.size(); ++w) {
    fs::create_directories(place / words[w]);
    for (int speaker = 0; speaker < 40; ++speaker) {
      auto samples = noise(16000);
      const double hz = 200 * std::pow(1.3, static_cast<double>(w)) * (1 + 0.002 * speaker);
      for (int i = 3000; i < 11000; ++i)
        samples[i] = static_cast<std::int16_t>(samples[i] + 9000 * std::sin(6.2831853 * hz * i / 16000));
      const std::string clip = words[w] + "/s" + std::to_string(speaker) + "_nohash_0.wav";
      test::write_text(place / clip, test::wav_file(samples));
      if (speaker >= 36) {
        testing += clip + "\n";
      } else if (speaker >= 32) {
        validation += clip + "\n";
      }
    }
  }
  test::write_text(place / "validation_list.txt", validation);
  test::write_text(place / "testing_list.txt", testing);
  fs::create_directories(place / "_background_noise_");
  test::write_text(place / "_background_noise_/hiss.wav", test::wav_file(noise(200000)));

  const Outcome outcome = train_and_simulate("ds-cnn-keywords.yaml", "speech-commands:" + place.path(),
                                             "--set epochs=3 --set batch_size=10", "");
  expect_agreement(outcome, "speech-commands", 48);
  EXPECT_GT(outcome.training["validation_accuracy"], 0.4);  // chance: 0.08 +- 0.12 (three deviations)
}

TEST(EndToEnd, VisualWakeWords) {
  const test::TempDirectory place;
  // A person is a light rectangle, of any size and place.
  std::mt19937 engine(1);
  for (int i = 0; i < 260; ++i) {
    const std::string folder =
        std::string(i < 200 ? "train/" : "test/") + (i % 2 == 0 ? "non_person" : "person");
    fs::create_directories(place / folder);
    data::Image image = test::plain_image(120, 160, 40, 60, 50);
    const int height = 40 + static_cast<int>(engine() % 40), width = 30 + static_cast<int>(engine() % 30);
    const int top = static_cast<int>(engine() % 40), left = static_cast<int>(engine() % 100);
    for (int y = top; y < top + height && i % 2 == 1; ++y)
      for (int x = left; x < left + width; ++x)
        for (int c = 0; c < 3; ++c) image.bytes[(y * 160 + x) * 3 + c] = 220;
    const bool jpeg = i % 3 == 0;
    test::write_text(place / (folder + "/" + std::to_string(i) + (jpeg ? ".jpg" : ".png")),
                     jpeg ? test::jpeg_file(image) : test::png_file(image));
  }
  // Its 72 cores are more than the shipped chips have.
  const Outcome outcome = train_and_simulate("mobilenet-v1-vww.yaml", "visual-wake-words:" + place.path(),
                                             "--set epochs=4 --set batch_size=10 --set learning_rate=0.05",
                                             "--samples 60 --chip hermes-mesh --set grid.rows=10");
  expect_agreement(outcome, "visual-wake-words", 60);
  EXPECT_GT(outcome.training["test_accuracy"], 0.75);  // chance: 0.5 +- 0.19 (three deviations)
}

// The images that are there, the hardware-aware recipe of one network of a space.
TEST(EndToEnd, FashionMnist) {
  const Outcome outcome = train_and_simulate(
      "alone-fmnist.yaml", "fashion-mnist",
      "--set epochs=3 --set training_images=1000 --set batch_size=32 --set 'network.genes=stem_width=8 "
      "stem_kernel=3 stem_stride=2 stages=2 stage1.blocks=1 stage1.width=16 stage1.kernel=3 "
      "stage1.branches=1 "
      "stage1.type=basic stage2.blocks=1 stage2.width=32 stage2.kernel=3 stage2.branches=1 "
      "stage2.type=basic'",
      "--samples 10000");
  expect_agreement(outcome, "fashion-mnist", 10000);
  EXPECT_GT(outcome.training["test_accuracy"], 0.4);  // chance: 0.1 +- 0.009 (three deviations)
}

}  // namespace
}  // namespace phasecore
