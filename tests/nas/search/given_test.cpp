// Searches for the chip of networks that are given: one with its layers analog or digital, or several at
// once.
#include "nas/search/given.hpp"

#include <gmock/gmock.h>

#include "tests/nas/search/fixtures.hpp"

namespace phasecore::search {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// On few images of Fashion-MNIST.
LoadedSettings given_settings(const std::string& networks, std::vector<std::string> more) {
  more.insert(more.begin(),
              {"evaluator.kind=networks", "networks=" + networks, "device=hermes-2",
               "objectives=[{figure: accuracy@1d, goal: maximise}, {figure: interval_ns, goal: minimise}]",
               "evaluator.calibration_images=16", "evaluator.times=[1d]",
               "evaluator.monte_carlo={images: 16, instances: 1}", "evaluator.confirm.images=0",
               "evaluator.final={images: 16, instances: 1}", "surrogate.enabled=false", "population=4",
               "budget={evaluations: 6}"});
  return load_settings("defaults", more);
}

constexpr const char* kOne = "[{model: 'zoo:ds-cnn-fmnist-hwa'}]";
constexpr const char* kTwo = "[{model: 'zoo:ds-cnn-fmnist-hwa'}, {model: 'zoo:resnet8-fmnist-hwa'}]";
constexpr const char* kBits = "chip_genes=[{key: adc.bits, choices: ['4', '8'], ordered: true}]";

TEST(GivenNetworks, AreMeasuredOnEveryChip) {
  const Problem problem = pose(given_settings(kOne, {kBits}), {});
  const Left left = run_search(problem, 1);
  EXPECT_EQ(left.result.stop, Stop::Exhausted);
  ASSERT_EQ(left.result.candidates.size(), 2u) << "four bits, and eight";
  EXPECT_THAT(left.candidates, HasSubstr("id,network,adc.bits,"));
  EXPECT_THAT(left.candidates, HasSubstr(",ds-cnn-fmnist-hwa,8,"));
  const auto& figures = left.result.candidates[0].figures;
  EXPECT_EQ(figures.at("parameters").value, left.result.candidates[1].figures.at("parameters").value);
  EXPECT_EQ(run_search(problem, 3).dump, left.dump);
}

TEST(GivenNetworks, SeveralAreJudgedTogether) {
  const auto figures = [](const char* over) {
    const Problem problem = pose(given_settings(kTwo, {kBits, std::string("over_networks=") + over,
                                                       "budget.evaluations=1", "population=2"}),
                                 {});
    return run_search(problem, 1).result.candidates.front().figures;
  };
  const Figures worst = figures("worst"), mean = figures("mean");
  const double small = worst.at("ds-cnn-fmnist-hwa/interval_ns").value,
               large = worst.at("resnet8-fmnist-hwa/interval_ns").value;
  EXPECT_EQ(worst.at("interval_ns").value, std::max(small, large));
  EXPECT_DOUBLE_EQ(mean.at("interval_ns").value, (small + large) / 2);
  EXPECT_EQ(worst.at("accuracy@1d").value, std::min(worst.at("ds-cnn-fmnist-hwa/accuracy@1d").value,
                                                    worst.at("resnet8-fmnist-hwa/accuracy@1d").value));
}

TEST(GivenNetworks, AreRefusedWhereTheyMeanNothing) {
  const auto refusal = [](const std::vector<std::string>& more) {
    return test::input_error([&] { load_settings("fashion-mesh", more); });
  };
  EXPECT_THAT(refusal({std::string("networks=") + kTwo}),
              HasSubstr("the candidates of others are networks of 'space', one each"));
  EXPECT_THAT(refusal({std::string("networks=") + kTwo, "evaluator.kind=networks", "over_networks=worst",
                       "objectives=[{figure: accuracy@1d, goal: maximise, deviations: 1}]"}),
              HasSubstr("'deviations' are of one network"));
  EXPECT_THAT(refusal({"evaluator.kind=networks"}), HasSubstr("the evaluator 'networks' needs 'networks'"));
  EXPECT_THAT(test::input_error([] { given_settings(kOne, {}); }), HasSubstr("needs what varies"));
  EXPECT_THAT(test::input_error([] {
                pose(given_settings("[{model: 'zoo:nonsense'}, {model: 'zoo:absent'}]", {kBits}), {});
              }),
              AllOf(HasSubstr("no network 'zoo:nonsense'"), HasSubstr("no network 'zoo:absent'")));
  EXPECT_THAT(test::input_error([] { given_settings(kTwo, {"digital_layers={images: 8, instances: 1}"}); }),
              HasSubstr("layers are of one"));
  EXPECT_THAT(test::input_error([] {
                given_settings(kTwo, {kBits, "evaluator.race={images: 16, level: 0.05}"});
              }),
              HasSubstr("pairs the images of one network"));
  EXPECT_THAT(test::input_error([] { pose(given_settings("[{model: 'zoo:resnet8'}]", {kBits}), {}); }),
              HasSubstr("without trained weights"));
}

TEST(DigitalLayers, BeginWithTheChainFromAllAnalogToAllDigital) {
  const Problem problem = pose(
      given_settings("[{model: 'zoo:resnet8-fmnist-hwa'}]", {"digital_layers={images: 16, instances: 1}"}),
      {});
  const auto& names = problem.domain->names();
  ASSERT_EQ(names.size(), 11u) << "the network, and ten layers";
  EXPECT_EQ(names[1], "layers.\"stem\".digital");
  ASSERT_EQ(problem.start.size(), 11u);
  for (std::size_t step = 0; step < problem.start.size(); ++step) {
    const Genes& genes = problem.start[step];
    EXPECT_EQ(std::count(genes.begin() + 1, genes.end(), 1), static_cast<std::ptrdiff_t>(step));
    for (std::size_t g = 1; step > 0 && g < genes.size(); ++g)
      EXPECT_GE(genes[g], problem.start[step - 1][g]) << "a layer that has left stays out";
  }
  const config::Chip& chip = problem.chips->chip(problem.domain->of_chip(problem.start.back()));
  EXPECT_EQ(chip.layers.size(), 10u);
  for (const auto& layer : chip.layers) EXPECT_EQ(layer.second.digital, true);
}

}  // namespace
}  // namespace phasecore::search
