// Anybody's data through the program: arrays, vectors, folders of images, how inputs are normalised, what is
// said when answers look wrong.
#include <cmath>
#include <filesystem>
#include <random>

#include "common/npy.hpp"
#include "models/data/dataset.hpp"
#include "models/graph/builder.hpp"
#include "models/graph/init.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/app/program.hpp"
#include "tests/models/data/array_writer.hpp"
#include "tests/models/data/image_writer.hpp"

namespace phasecore::test {
namespace {

using nlohmann::json;

/// Answers class c for an image whose brightest stripe is the c-th of `classes`: a Gemm that sums stripes.
graph::Network stripes(const graph::Shape& input, int classes) {
  const int values = static_cast<int>(graph::volume(input));
  graph::Network n;
  n.layers.emplace_back("x", graph::Input(input), std::vector<int>{});
  if (input.size() > 1) n.layers.emplace_back("flat", graph::Flatten(), std::vector<int>{0});
  graph::Gemm gemm;
  gemm.weights = {{classes, values}, std::vector<float>(static_cast<std::size_t>(classes) * values, 0)};
  for (int v = 0; v < values; ++v) gemm.weights.values[v * classes / values * values + v] = 1;
  n.layers.emplace_back("sum", std::move(gemm), std::vector<int>{static_cast<int>(n.layers.size()) - 1});
  n.outputs = {static_cast<int>(n.layers.size()) - 1};
  return graph::build(std::move(n));
}

/// `count` such images in one vector: noise of 0 to 1, and 4 more on the stripe of class i % classes.
std::vector<float> stripe_images(int count, int values, int classes, std::vector<std::int64_t>& labels) {
  std::mt19937 engine(1);
  std::vector<float> images;
  for (int i = 0; i < count; ++i) {
    const int label = i % classes;
    labels.push_back(label);
    for (int v = 0; v < values; ++v)
      images.push_back(static_cast<float>(engine() % 100) / 100 +
                       (v * classes / values == label ? 4.0f : 0.0f));
  }
  return images;
}

/// A network and a folder for data.
class OwnData : public ::testing::Test {
 protected:
  void write_network(const graph::Shape& input, int classes,
                     const std::map<std::string, std::string>& metadata = {}) {
    graph::Network network = stripes(input, classes);
    network.metadata = metadata;
    write_text(place_ / "net.onnx", onnx::serialize(network));
  }
  std::string path(const std::string& name) const { return place_ / name; }
  std::string simulate(const std::string& options) const {
    return "simulate '" + path("net.onnx") + "' --instances 1 --times 1s --layer-samples 0 " + options;
  }
  json accuracy(const std::string& options) const { return phasecore_json(simulate(options))["accuracy"]; }

  TempDirectory place_;
  std::vector<std::int64_t> labels_;
};

TEST_F(OwnData, SevenClassesOfVectorsFromAnArchive) {
  write_network({35}, 7);
  const auto images = stripe_images(70, 35, 7, labels_);
  write_npz(path("mine.npz"),
            {{"test_x", npy_file<float>("<f4", "(70, 35)", images)},
             {"test_y", npy_file<std::int64_t>("<i8", "(70,)", labels_)}},
            true);
  const json a = accuracy("--data 'npz:" + path("mine.npz") + "'");
  EXPECT_EQ(a["dataset"], "npz:mine.npz");
  EXPECT_EQ(a["samples"], 63);
  EXPECT_EQ(a["float"], 1.0);
  EXPECT_EQ(a["top5"]["float"], 1.0);
  EXPECT_EQ(a["made_by_rule"],
            (json{{"test", "63 of the set's 70 test images, by a hash of their numbers"},
                  {"calibration", "7 of the set's 70 test images, by a hash of their numbers"}}));
  EXPECT_EQ(a["normalisation"],
            (json{{"pixels_scaled", false}, {"mean", nullptr}, {"std", nullptr}, {"from", nullptr}}));
  const CommandResult text = phasecore(simulate("--data 'npz:" + path("mine.npz") + "'"));
  EXPECT_NE(text.out.find("Inputs: values as they stand in the files\n"), std::string::npos) << text.out;
  EXPECT_NE(
      text.out.find("The calibration part: 7 of the set's 70 test images, by a hash of their numbers\n"),
      std::string::npos);
  EXPECT_NE(text.out.find("The label is among the five likeliest answers: float 100.00 %"),
            std::string::npos);
}

TEST_F(OwnData, ImagesWithoutAChannelAxisFromAFolder) {
  write_network({1, 5, 6}, 5);
  const auto images = stripe_images(40, 30, 5, labels_);
  write_text(path("test_x.npy"), npy_file<float>("<f4", "(40, 5, 6)", images));
  write_text(path("test_y.npy"), npy_file<std::int64_t>("<i8", "(40,)", labels_));
  write_text(path("calibration_x.npy"), npy_file<float>("<f4", "(40, 5, 6)", images));
  const json a = accuracy("--data 'npy:" + place_.path() + "'");
  EXPECT_EQ(a["samples"], 40);
  EXPECT_EQ(a["float"], 1.0);
  EXPECT_TRUE(a["top5"].is_null());  // of five classes every answer is among the first five
  EXPECT_EQ(a["made_by_rule"], json::object());
}

TEST_F(OwnData, AWrongLayoutIsRefusedWithBothShapesAndAGuess) {
  write_network({3, 4, 5}, 2);
  write_text(path("test_x.npy"), npy_file<float>("<f4", "(4, 4, 5, 3)", std::vector<float>(240, 1)));
  write_text(path("test_y.npy"), npy_file<std::int64_t>("<i8", "(4,)", {0, 1, 0, 6}));
  const CommandResult run = phasecore(simulate("--data 'npy:" + place_.path() + "'"));
  EXPECT_EQ(run.exit_code, 2);
  const std::string set = "npy:" + std::filesystem::path(place_.path()).filename().string();
  EXPECT_EQ(
      run.err,
      "error: data set '" + set +
          "' has images of 4x5x3, but the network's input 'x' is 3x4x5; channels seem to stand "
          "last (NHWC), where the network wants them first: save x.transpose(0, 3, 1, 2)\n"
          "error: data set '" +
          set +
          "' has 7 classes (its labels go to 6; the first class is 0), but the network's output is 2\n");
}

TEST_F(OwnData, ANetworkOfVectorsReadsImages) {
  write_network({784}, 10);
  const json a = accuracy("--data fashion-mnist --samples 20");
  EXPECT_EQ(a["samples"], 20);
  EXPECT_EQ(a["normalisation"]["from"], "the set's own");
}

TEST_F(OwnData, FewerAnswersThanClassesAreRefusedAndMoreAreSaid) {
  write_network({1, 28, 28}, 5);
  EXPECT_EQ(phasecore(simulate("--data fashion-mnist")).err,
            "error: data set 'fashion-mnist' has 10 classes, but the network's output is 5\n");
  write_network({10}, 10);
  std::vector<float> images = stripe_images(50, 10, 5, labels_);
  write_text(path("test_x.npy"), npy_file<float>("<f4", "(50, 10)", images));
  write_text(path("test_y.npy"), npy_file<std::int64_t>("<i8", "(50,)", labels_));
  const std::string set = "npy:" + std::filesystem::path(place_.path()).filename().string();
  const json warnings = phasecore_json(simulate("--data 'npy:" + place_.path() + "'"))["warnings"];
  EXPECT_EQ(warnings[0], "the network tells 10 classes apart; the labels of '" + set + "' name 5");
}

TEST_F(OwnData, AnOutputThatIsNoAnswerHasNoAccuracy) {
  graph::Builder b("", {1, 28, 28});
  b.deliver(b.conv("conv", b.input(), 10, graph::centred_window(3, 1)));
  write_text(path("net.onnx"), onnx::serialize(graph::with_random_weights(graph::build(b.finish()), 1)));
  const CommandResult run = phasecore(simulate("--data fashion-mnist"));
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(
      run.err,
      "error: the network's output is 10x28x28, which is no answer of one value for each class; there is "
      "no accuracy of it (--data none, or phasecore infer)\n");
}

TEST_F(OwnData, AFolderOfImagesIsReadAsTheNetworkWantsIt) {
  write_network({3, 4, 4}, 3);
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < 10; ++i) {
      // The stripes of three classes are the three colours.
      data::Image image = plain_image(8 + i, 9, c == 0 ? 250 : 20, c == 1 ? 250 : 20, c == 2 ? 250 : 20);
      const std::string folder = "flowers/" + std::vector<std::string>{"aster", "lily", "rose"}[c];
      std::filesystem::create_directories(path(folder));
      write_text(path(folder + "/" + std::to_string(i) + (i % 2 == 0 ? ".png" : ".jpg")),
                 i % 2 == 0 ? png_file(image) : jpeg_file(image));
    }
  const json a = accuracy("--data 'images:" + path("flowers") + "'");
  EXPECT_EQ(a["dataset"], "images:flowers");
  EXPECT_EQ(a["samples"], 27);
  EXPECT_EQ(a["float"], 1.0);
  EXPECT_EQ(a["normalisation"]["from"], "ImageNet's");
}

TEST_F(OwnData, TheOptionGoesBeforeTheMetadataAndTheMetadataBeforeTheSetsOwn) {
  write_network({1, 28, 28}, 10, {{"phasecore.input_mean", "0"}, {"phasecore.input_std", "0.5"}});
  const std::string data = "--data fashion-mnist --samples 20 ";
  const json metadata = accuracy(data), option = accuracy(data + "--normalise 0.25:2");
  EXPECT_EQ(
      metadata["normalisation"],
      (json{{"pixels_scaled", true}, {"mean", {0.0}}, {"std", {0.5}}, {"from", "the model's metadata"}}));
  EXPECT_EQ(option["normalisation"],
            (json{{"pixels_scaled", true}, {"mean", {0.25}}, {"std", {2.0}}, {"from", "--normalise"}}));
  write_network({1, 28, 28}, 10);
  EXPECT_EQ(accuracy(data)["normalisation"]["from"], "the set's own");
  write_network({1, 28, 28}, 10, {{"phasecore.input_mean", "0"}});
  const CommandResult half = phasecore(simulate(data));
  EXPECT_EQ(half.exit_code, 2);
  EXPECT_EQ(
      half.err,
      "error: the model's metadata has only one of phasecore.input_mean and phasecore.input_std; they go "
      "together\n");
  EXPECT_EQ(phasecore(simulate("--data none --normalise 0:1")).err,
            "error: --normalise says how the images of --data are normalised: there are none\n");
}

TEST_F(OwnData, AResultIsRepeatedWithItsNormalisation) {
  write_network({1, 28, 28}, 10);
  const std::string first = path("first"), again = path("again");
  ASSERT_EQ(
      phasecore(simulate("--data fashion-mnist --samples 30 --normalise 0.5:0.25 --out '" + first + "'"))
          .exit_code,
      0);
  ASSERT_EQ(
      phasecore("simulate --config '" + first + "/config.resolved.yaml' --out '" + again + "'").exit_code, 0);
  json a = json::parse(read_text(first + "/report.json")), b = json::parse(read_text(again + "/report.json"));
  EXPECT_EQ(a["accuracy"]["normalisation"]["mean"], json{0.5});
  a.erase("provenance");
  b.erase("provenance");
  EXPECT_EQ(a, b);
}

TEST_F(OwnData, AnAccuracyThatGuessingReachesIsSaid) {
  write_network({10}, 10);
  std::mt19937 engine(3);
  auto images = stripe_images(400, 10, 10, labels_);
  for (auto& label : labels_) label = engine() % 10;  // labels of other images
  write_text(path("test_x.npy"), npy_file<float>("<f4", "(400, 10)", images));
  write_text(path("test_y.npy"), npy_file<std::int64_t>("<i8", "(400,)", labels_));
  const json report = phasecore_json(simulate("--data 'npy:" + place_.path() + "'"));
  ASSERT_FALSE(report["warnings"].empty());
  const std::string warning = report["warnings"][0];
  EXPECT_EQ(warning.rfind("the float network is right on ", 0), 0u) << warning;
  EXPECT_NE(warning.find(", and guessing among its 10 answers would be as good (binomial test, p = "),
            std::string::npos);
  EXPECT_NE(warning.find("values as they stand in the files; --normalise"), std::string::npos);
}

TEST_F(OwnData, APromisedAccuracyThatIsMissedIsSaid) {
  // A shipped network with inputs that it was not trained on.
  const std::string model =
      "simulate zoo:resnet8-fmnist --samples 200 --instances 1 --times 1s --layer-samples 0 ";
  const auto promises = [](const json& report) {
    int said = 0;
    for (const std::string warning : report["warnings"])
      said += warning.find("but the model's metadata promises 93.01 %") != std::string::npos ? 1 : 0;
    return said;
  };
  EXPECT_EQ(promises(phasecore_json(model)), 0);
  EXPECT_EQ(promises(phasecore_json(model + "--normalise 0:1")), 1);
  const auto images = stripe_images(60, 10, 10, labels_);
  write_text(path("test_x.npy"), npy_file<float>("<f4", "(60, 10)", images));
  write_text(path("test_y.npy"), npy_file<std::int64_t>("<i8", "(60,)", labels_));
  for (std::size_t i = 0; i < 20; ++i) labels_[i] = (labels_[i] + 1) % 10;
  write_text(path("test_y.npy"), npy_file<std::int64_t>("<i8", "(60,)", labels_));
  write_network({10}, 10, {{"phasecore.float_accuracy", "0.95"}});
  const json missed = phasecore_json(simulate("--data 'npy:" + place_.path() + "'"));
  ASSERT_EQ(missed["warnings"].size(), 1u);
  EXPECT_NE(missed["warnings"][0].get<std::string>().find("but the model's metadata promises 95.00 %"),
            std::string::npos);
  write_network({10}, 10, {{"phasecore.float_accuracy", "95"}});
  EXPECT_EQ(phasecore(simulate("--data 'npy:" + place_.path() + "'")).err,
            "error: the model's metadata 'phasecore.float_accuracy' is '95'; expected a fraction, 0 to 1\n");
}

TEST_F(OwnData, ImagesOfOneClassAfterTheOtherAreSaid) {
  write_network({8}, 8);
  auto images = stripe_images(80, 8, 8, labels_);
  std::vector<float> sorted;
  std::vector<std::int64_t> in_order;
  for (int c = 0; c < 8; ++c)
    for (int i = c; i < 80; i += 8) {
      sorted.insert(sorted.end(), images.begin() + i * 8, images.begin() + (i + 1) * 8);
      in_order.push_back(c);
    }
  write_text(path("test_x.npy"), npy_file<float>("<f4", "(80, 8)", sorted));
  write_text(path("test_y.npy"), npy_file<std::int64_t>("<i8", "(80,)", in_order));
  const std::string data = "--data 'npy:" + place_.path() + "'";
  EXPECT_EQ(phasecore_json(simulate(data))["warnings"], json::array());
  EXPECT_EQ(
      phasecore_json(simulate(data + " --samples 20"))["warnings"],
      json{"the 20 images looked at are of 3 of the 8 classes: does the set stand in order of its classes? "
           "--samples takes the first images"});
}

TEST_F(OwnData, AnImageAloneIsTheSameImageInABatch) {
  const TempDirectory place;
  const auto images = data::load("fashion-mnist", data::Part::Test, 6).batch(0, 6);
  write_text(place / "all.npy", common::npy_bytes({{6, 1, 28, 28}, images.values}));
  write_text(place / "calibration.npy", common::npy_bytes({{6, 28, 28}, images.values}));
  const std::size_t volume = 784;
  const std::string options = " --chip hermes-mesh --time 1d --calibration " + (place / "calibration.npy");
  const auto infer = [&](const std::string& input, const std::string& more) {
    const CommandResult run = phasecore("infer zoo:resnet8-fmnist --input " + input + " --output " +
                                        (place / "y.npy") + options + more);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(run.err, "");
    return common::read_npy(place / "y.npy").values;
  };
  const std::vector<float> batch = infer(place / "all.npy", "");
  ASSERT_EQ(batch.size(), 60u);
  for (int i : {0, 1, 5}) {
    const auto begin = images.values.begin() + static_cast<std::ptrdiff_t>(i * volume);
    write_text(place / "one.npy", common::npy_bytes({{28, 28}, {begin, begin + volume}}));
    const std::vector<float> expected(batch.begin() + 10 * i, batch.begin() + 10 * (i + 1));
    EXPECT_EQ(infer(place / "one.npy", " --first-image " + std::to_string(i)), expected) << i;
    if (i == 0) continue;
    EXPECT_NE(infer(place / "one.npy", ""), expected) << i;  // the noise of image 0
  }
}

TEST_F(OwnData, InferNormalisesWhatItIsTold) {
  write_network({2, 1, 2}, 2);
  write_text(path("x.npy"), common::npy_bytes({{1, 2, 1, 2}, {1, 2, 10, 30}}));
  const std::string run =
      "infer '" + path("net.onnx") + "' --input '" + path("x.npy") + "' --output '" + path("y.npy") + "' ";
  ASSERT_EQ(phasecore(run).exit_code, 0);
  EXPECT_EQ(common::read_npy(path("y.npy")).values, (std::vector<float>{3, 40}));
  ASSERT_EQ(phasecore(run + "--normalise 1,10:1,20").exit_code, 0);
  EXPECT_EQ(common::read_npy(path("y.npy")).values, (std::vector<float>{1, 1}));
  EXPECT_EQ(phasecore(run + "--first-image 3").err, "error: --first-image needs --chip\n");
  EXPECT_EQ(phasecore(run + "--calibration x.npy").err, "error: --calibration needs --chip\n");
  EXPECT_EQ(phasecore(run + "--chip hermes-mesh --calibration x.npy --data fashion-mnist").err,
            "error: give either --calibration or --data\n");
  EXPECT_EQ(phasecore(run + "--chip hermes-mesh --first-image -1").err,
            "error: --first-image must not be negative\n");
  write_network({2, 1, 3}, 2);
  write_text(path("x.npy"), common::npy_bytes({{5, 1, 3, 2}, std::vector<float>(30)}));
  EXPECT_EQ(phasecore(run).err,
            "error: " + path("x.npy") +
                " has shape 5x1x3x2; expected Nx2x1x3 or 2x1x3; channels seem to stand "
                "last (NHWC), where the network wants them first: save x.transpose(0, 3, 1, "
                "2)\n");
}

}  // namespace
}  // namespace phasecore::test
