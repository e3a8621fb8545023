// Training many networks in shared weights: what is trained is what is cut out.
#include "models/train/supernet.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "models/train/forward.hpp"
#include "nas/space/load.hpp"
#include "nas/supernet/supernet.hpp"
#include "tests/support/support.hpp"

namespace phasecore::train {
namespace {

std::unique_ptr<space::Space> elastic() {
  return space::load(test::source_path("configs/spaces/resnet-elastic.yaml"));
}

const space::ResnetElastic& as_elastic(const space::Space& space) {
  return dynamic_cast<const space::ResnetElastic&>(space);
}

data::Dataset images(int count, std::uint32_t stream) {
  data::Dataset set;
  set.name = "made up";
  set.shape = {1, 28, 28};
  set.classes = 10;
  set.images.resize(static_cast<std::size_t>(count) * 784);
  common::fill_normal({1, common::Purpose::Test, 0, stream}, 0, 0, 0, set.images.size(), set.images.data());
  for (int i = 0; i < count; ++i) set.labels.push_back(static_cast<std::uint8_t>(i % 10));
  return set;
}

SupernetSettings tiny() {
  auto settings = load_supernet_settings(test::source_path("configs/training/supernet-fmnist.yaml"), {});
  settings.epochs = 2;
  settings.batch_size = 16;
  settings.clean_statistics_images = 8;
  settings.noise_ramp_epochs = 1;
  settings.sandwich.largest.resize(1);
  settings.sandwich.random_networks = 1;
  settings.sandwich.draws_per_random = 8;  // a light one
  settings.watched.resize(1);
  settings.watched_images = 16;
  return settings;
}

TEST(Supernet, TrainsTheSameNetworksThatAreCutOutOfIt) {
  const auto space = elastic();
  const graph::Network whole = as_elastic(*space).supernet(3);
  Parameters parameters(whole);
  const supernet::Supernet supernet(elastic(), whole, "made up", "");
  const data::Dataset set = images(32, 1);
  const torch::Tensor batch =
      torch::from_blob(const_cast<float*>(set.images.data()), {32, 1, 28, 28}, torch::kFloat32);
  for (int i = 0; i < 12; ++i) {
    const space::Genes genes = space->sample({}, i);
    Pass pass;
    pass.training = true;
    pass.track_statistics = false;
    torch::NoGradGuard no_grad;
    const torch::Tensor trained = forward(space->network(genes, 0), parameters, batch, pass).contiguous();
    const auto cut =
        graph::infer(graph::with_statistics_of(supernet.cut(genes), set.batch(0, 32)), set.batch(0, 32))
            .front();
    ASSERT_EQ(trained.numel(), static_cast<std::int64_t>(cut.values.size()));
    const double scale = trained.abs().max().item<double>();
    for (std::size_t v = 0; v < cut.values.size(); ++v)
      ASSERT_NEAR(trained.data_ptr<float>()[v], cut.values[v], 1e-4 * scale) << space->text(genes);
  }
}

TEST(Supernet, ContinuesFromACheckpointBitForBit) {
  const auto space = elastic();
  const data::Dataset training = images(32, 2), validation = images(16, 3);
  SupernetTrainer whole(tiny(), as_elastic(*space), training, validation);
  const auto ignore = [](int) {};
  whole.run_epoch(ignore);
  const std::string after_one = whole.checkpoint();
  whole.run_epoch(ignore);

  SupernetTrainer resumed(tiny(), as_elastic(*space), training, validation);
  resumed.restore(after_one, "c");
  EXPECT_EQ(resumed.epochs_done(), 1);
  resumed.run_epoch(ignore);
  EXPECT_EQ(resumed.checkpoint(), whole.checkpoint());
}

TEST(Supernet, StartsFromAnotherOnesWeights) {
  const auto space = elastic();
  const data::Dataset training = images(32, 2), validation = images(16, 3);
  SupernetTrainer first(tiny(), as_elastic(*space), training, validation);
  first.run_epoch([](int) {});
  SupernetSettings other = tiny();
  other.seed += 1;
  SupernetTrainer second(other, as_elastic(*space), training, validation);
  const graph::Network trained = first.network();
  second.start_from(trained);
  const graph::Network started = second.network();
  for (std::size_t l = 0; l < trained.layers.size(); ++l) {
    ASSERT_EQ(started.layers[l].weights.values, trained.layers[l].weights.values) << trained.layers[l].name;
    ASSERT_EQ(started.layers[l].bias.values, trained.layers[l].bias.values);
    ASSERT_EQ(started.layers[l].scale.values, trained.layers[l].scale.values);
  }
  const graph::Network small = space->network(space->sample({}, 0), 0);
  const std::string refusal = test::input_error([&] { second.start_from(small); });
  EXPECT_NE(refusal.find("to start from"), std::string::npos) << refusal;
}

TEST(Supernet, RefusesACheckpointOfOtherSettings) {
  const auto space = elastic();
  const data::Dataset training = images(32, 2), validation = images(16, 3);
  const std::string checkpoint =
      SupernetTrainer(tiny(), as_elastic(*space), training, validation).checkpoint();
  SupernetSettings other = tiny();
  other.learning_rate /= 2;
  SupernetTrainer trainer(other, as_elastic(*space), training, validation);
  EXPECT_NE(test::input_error([&] { trainer.restore(checkpoint, "c"); }).find("made with other settings"),
            std::string::npos);
  EXPECT_NE(test::input_error([&] { trainer.restore("rubbish", "c"); }).find("not a checkpoint"),
            std::string::npos);
}

TEST(Supernet, LearnsInItsLargestItsSmallestAndRandomNetworks) {
  const auto space = elastic();
  const data::Dataset training = images(32, 2), validation = images(16, 3);
  SupernetTrainer trainer(tiny(), as_elastic(*space), training, validation);
  const graph::Network before = trainer.network();
  trainer.run_epoch([](int) {});
  const graph::Network after = trainer.network();
  int changed = 0, kept = 0;
  for (std::size_t l = 0; l < before.layers.size(); ++l) {
    if (before.layers[l].weights.empty()) continue;
    ++(before.layers[l].weights.values == after.layers[l].weights.values ? kept : changed);
  }
  EXPECT_GT(changed, 10);
  EXPECT_GT(kept, 0) << "two steps do not visit every branch";
}

TEST(SupernetSettings, RefuseGenotypesThatDoNotExist) {
  const auto space = elastic();
  const data::Dataset training = images(32, 2), validation = images(16, 3);
  SupernetSettings settings = tiny();
  settings.sandwich.largest = {"stem_width=7"};
  EXPECT_NE(test::input_error([&] {
              SupernetTrainer(settings, as_elastic(*space), training, validation);
            }).find("gene 'stem_width' is 7"),
            std::string::npos);
}

TEST(SupernetSettings, OfTheShippedRecipeNameNetworksOfTheSpace) {
  const auto settings =
      load_supernet_settings(test::source_path("configs/training/supernet-fmnist.yaml"), {});
  const auto space = elastic();
  int checked = 0;
  for (const auto* texts : {&settings.sandwich.largest, &settings.sandwich.smallest, &settings.watched})
    for (const auto& text : *texts) {
      EXPECT_EQ(space->refusal(space->parse(text)), "") << text;
      ++checked;
    }
  EXPECT_GE(checked, 10);
}

}  // namespace
}  // namespace phasecore::train
