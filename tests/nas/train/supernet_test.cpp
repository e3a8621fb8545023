// Training many networks in shared weights: what is trained is what is cut out.
#include "nas/train/supernet.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "common/random.hpp"
#include "models/graph/mvm.hpp"
#include "models/spaces/load.hpp"
#include "nas/supernet/supernet.hpp"
#include "nas/train/forward.hpp"
#include "nas/train/random.hpp"
#include "tests/models/graph/tensors.hpp"
#include "tests/support/support.hpp"

namespace phasecore::train {
namespace {

std::unique_ptr<spaces::Space> elastic() {
  return spaces::load(test::source_path("configs/spaces/resnet-elastic.yaml"));
}

const spaces::ResnetElastic& as_elastic(const spaces::Space& space) {
  return dynamic_cast<const spaces::ResnetElastic&>(space);
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
    const spaces::Genes genes = space->sample({}, i);
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
    const auto is = started.layers[l].op().tensors(), wanted = trained.layers[l].op().tensors();
    for (std::size_t t = 0; t < wanted.size(); ++t)
      if (wanted[t].trained) {
        ASSERT_EQ(is[t].values->values, wanted[t].values->values)
            << trained.layers[l].name << " " << wanted[t].name;
      }
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

using Names = std::set<std::string>;

/// Names of the layers with weights, in all of these networks together.
Names layers_of(const spaces::Space& space, const std::vector<spaces::Genes>& networks) {
  Names names;
  for (const auto& genes : networks)
    for (const auto& layer : space.network(genes, 0).layers)
      if (layer.is<graph::Mvm>()) names.insert(layer.name);
  return names;
}

/// The layers whose weights are others after an epoch of two steps.
Names changed_layers(const SupernetSettings& settings, const spaces::Space& space) {
  const data::Dataset training = images(32, 2), validation = images(16, 3);
  SupernetTrainer trainer(settings, as_elastic(space), training, validation);
  const graph::Network before = trainer.network();
  trainer.run_epoch([](int) {});
  const graph::Network after = trainer.network();
  Names names;
  for (std::size_t l = 0; l < before.layers.size(); ++l)
    if (test::tensor_of(before.layers[l], "weight").values !=
        test::tensor_of(after.layers[l], "weight").values)
      names.insert(before.layers[l].name);
  return names;
}

/// Of the draws for each of the two steps the network with the fewest multiply-accumulates.
std::vector<spaces::Genes> random_members(const SupernetSettings& settings, const spaces::Space& space) {
  common::RandomKey key;
  key.seed = key_of(settings.seed, Choice::Members);
  std::vector<spaces::Genes> members;
  for (int step = 0; step < 2; ++step) {
    std::vector<spaces::Genes> draws;
    for (int d = 0; d < settings.sandwich.draws_per_random; ++d)
      draws.push_back(space.sample(key, step * settings.sandwich.draws_per_random + d));
    members.push_back(*std::min_element(draws.begin(), draws.end(), [&](const auto& a, const auto& b) {
      return space.macs(a) < space.macs(b);
    }));
  }
  return members;
}

Names only_in(const Names& some, const Names& others) {
  Names rest;
  std::set_difference(some.begin(), some.end(), others.begin(), others.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

Names united(Names some, const Names& others) {
  some.insert(others.begin(), others.end());
  return some;
}

TEST(Supernet, LearnsInItsLargestItsSmallestAndRandomNetworksAndNowhereElse) {
  const auto space = elastic();
  SupernetSettings all = tiny();
  all.sandwich.smallest.resize(1);
  const Names largest = layers_of(*space, {space->parse(all.sandwich.largest[0])});
  const Names smallest = layers_of(*space, {space->parse(all.sandwich.smallest[0])});
  // A seed with which each has layers that neither of the others has.
  Names random;
  const auto all_differ = [&] {
    return !only_in(largest, united(smallest, random)).empty() &&
           !only_in(smallest, united(largest, random)).empty() &&
           !only_in(random, united(largest, smallest)).empty();
  };
  for (all.seed = 0; !all_differ();) {
    ASSERT_LT(++all.seed, 100);
    random = layers_of(*space, random_members(all, *space));
  }

  EXPECT_EQ(changed_layers(all, *space), united(largest, united(smallest, random)));
  SupernetSettings without_smallest = all, without_random = all;
  without_smallest.sandwich.smallest.clear();
  EXPECT_EQ(changed_layers(without_smallest, *space), united(largest, random));
  without_random.sandwich.random_networks = 0;
  EXPECT_EQ(changed_layers(without_random, *space), united(largest, smallest));
}

/// All values that training changes, one after the other.
std::vector<float> values_of(const graph::Network& network) {
  std::vector<float> values;
  for (const auto& layer : network.layers)
    for (const auto& tensor : layer.op().tensors())
      if (tensor.trained)
        values.insert(values.end(), tensor.values->values.begin(), tensor.values->values.end());
  return values;
}

TEST(Supernet, EverySwitchChangesTheResult) {
  const auto space = elastic();
  const data::Dataset training = images(32, 2), validation = images(16, 3);
  using Change = std::function<void(SupernetSettings&)>;
  const std::vector<std::pair<const char*, Change>> changes = {
      {"none", [](auto&) {}},
      {"distillation 0", [](auto& s) { s.sandwich.distillation = 0; }},
      {"distillation 1", [](auto& s) { s.sandwich.distillation = 1; }},
      {"draws_per_random", [](auto& s) { s.sandwich.draws_per_random = 2; }},
      {"random_networks", [](auto& s) { s.sandwich.random_networks = 2; }},
      {"gradient_limit", [](auto& s) { s.gradient_limit = 0.1; }},
      {"weight_noise 0", [](auto& s) { s.weight_noise = 0; }},
      {"weight_noise", [](auto& s) { s.weight_noise = 0.1; }},
      {"weight_reference", [](auto& s) { s.weight_reference = Reference::Layer; }},
      {"noise_ramp_epochs", [](auto& s) { s.noise_ramp_epochs = 0; }},
      {"clean_statistics_images", [](auto& s) { s.clean_statistics_images = 16; }},
      {"no clean_statistics_images", [](auto& s) { s.clean_statistics_images.reset(); }},
      {"weight_clip_sigma", [](auto& s) { s.weight_clip_sigma = 1.5; }},
      {"no weight_clip_sigma", [](auto& s) { s.weight_clip_sigma.reset(); }},
      {"learning_rate", [](auto& s) { s.learning_rate /= 2; }},
      {"warmup_epochs", [](auto& s) { s.warmup_epochs = 1; }},
      {"momentum", [](auto& s) { s.momentum = 0.5; }},
      {"weight_decay", [](auto& s) { s.weight_decay = 0.01; }},
      {"label_smoothing", [](auto& s) { s.label_smoothing = 0.1; }},
      {"crop_padding_px", [](auto& s) { s.crop_padding_px = 0; }},
      {"horizontal_flip", [](auto& s) { s.horizontal_flip = false; }},
      {"batch_size", [](auto& s) { s.batch_size = 32; }},
      {"product_format", [](auto& s) { s.product_format = ProductFormat::BFloat16; }},
      {"seed", [](auto& s) { s.seed += 1; }}};
  std::map<std::vector<float>, const char*> results;
  for (const auto& [name, change] : changes) {
    SupernetSettings settings = tiny();
    change(settings);
    SupernetTrainer trainer(settings, as_elastic(*space), training, validation);
    trainer.run_epoch([](int) {});
    const auto [at, is_new] = results.try_emplace(values_of(trainer.network()), name);
    EXPECT_TRUE(is_new) << name << " makes the same supernet as " << at->second;
  }
}

// One step of Nesterov momentum along a gradient that was scaled down to this length.
TEST(Supernet, AStepIsAsLongAsTheGradientLimitAllows) {
  const auto space = elastic();
  const data::Dataset training = images(16, 2), validation = images(16, 3);
  SupernetSettings settings = tiny();
  settings.gradient_limit = 0.01;
  settings.weight_decay = 0;
  settings.weight_clip_sigma.reset();
  SupernetTrainer trainer(settings, as_elastic(*space), training, validation);
  const std::vector<float> before = values_of(trainer.network());
  trainer.run_epoch([](int) {});
  const std::vector<float> after = values_of(trainer.network());
  double squares = 0;
  for (std::size_t v = 0; v < before.size(); ++v)
    squares += (static_cast<double>(after[v]) - before[v]) * (static_cast<double>(after[v]) - before[v]);
  const double expected = settings.learning_rate * (1 + settings.momentum) * 0.01;
  EXPECT_NEAR(std::sqrt(squares), expected, 0.01 * expected);
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

TEST(SupernetSettings, OfTheShippedRecipesNameNetworksOfTheSpace) {
  for (const char* recipe : {"supernet-fmnist-base", "supernet-fmnist-clean", "supernet-fmnist",
                             "supernet-cifar10-base", "supernet-cifar10-clean", "supernet-cifar10"}) {
    const auto settings =
        load_supernet_settings(test::source_path("configs/training/" + std::string(recipe) + ".yaml"), {});
    const auto space = spaces::load(test::source_path(settings.space));
    int checked = 0;
    for (const auto* texts : {&settings.sandwich.largest, &settings.sandwich.smallest, &settings.watched})
      for (const auto& text : *texts) {
        EXPECT_EQ(space->refusal(space->parse(text)), "") << recipe << ": " << text;
        ++checked;
      }
    EXPECT_GE(checked, 10) << recipe;
  }
}

}  // namespace
}  // namespace phasecore::train
