#include "sim/run/data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <set>

#include "common/table.hpp"

namespace phasecore::run {
namespace {

using Binomial = boost::math::binomial_distribution<double>;

/// So many images must have been looked at before an accuracy is called no better than guessing.
constexpr int kLeastImages = 20;
/// Guessing does as well with at least this probability.
constexpr double kGuessing = 0.01;
/// A network that keeps its promise does as badly with less than this probability.
constexpr double kMissed = 0.001;

std::string list(const std::vector<double>& numbers) {
  const bool same = std::all_of(numbers.begin(), numbers.end(), [&](double n) { return n == numbers[0]; });
  std::string text;
  for (const double n : numbers) {
    text += (text.empty() ? "" : ", ") + common::format_double(n);
    if (same) break;
  }
  return text;
}

/// "98 of 1000 test images (9.80 %)"
std::string right_text(double right, const data::Dataset& test) {
  return fmt::format("{} of {} {} images ({:.2f} %)", right, test.size(), data::name_of(test.part),
                     100 * right / test.size());
}

}  // namespace

void check_data(const graph::Network& network, const Data& data) {
  const data::Dataset& test = data.test;
  common::Diagnostics problems;
  if (test.shape != network.input().shape)
    problems.add({}, fmt::format("data set '{}' has images of {}, but the network's input '{}' is {}{}",
                                 test.name, graph::to_string(test.shape), network.input().name,
                                 graph::to_string(network.input().shape),
                                 data::layout_hint(test.shape, network.input().shape)));
  const auto& answers = network.layers[network.outputs.front()].shape;
  const long long count = graph::volume(answers);
  const bool classifies = static_cast<long long>(*std::max_element(answers.begin(), answers.end())) == count;
  if (!classifies)
    problems.add({},
                 fmt::format("the network's output is {}, which is no answer of one value for each class; "
                             "there is no accuracy of it (--data none, or phasecore infer)",
                             graph::to_string(answers)));
  else if (test.classes_open ? count < test.classes : count != test.classes)
    problems.add(
        {},
        fmt::format("data set '{}' has {} classes{}, but the network's output is {}", test.name, test.classes,
                    test.classes_open
                        ? fmt::format(" (its labels go to {}; the first class is 0)", test.classes - 1)
                        : "",
                    graph::to_string(answers)));
  problems.raise_if_any();
}

std::string normalisation_text(const data::Dataset& set) {
  const std::string pixels = set.scaled ? "pixels / 255" : set.source;
  if (!set.normalisation) return pixels;
  const data::Normalisation& n = *set.normalisation;
  return fmt::format("{}, less the mean {}, over the deviation {} ({})", pixels, list(n.mean),
                     list(n.deviation), n.from);
}

std::vector<std::string> answer_warnings(const graph::Network& network, const data::Dataset& test,
                                         double float_accuracy, const std::optional<Promise>& promise) {
  std::vector<std::string> warnings;
  const double images = test.size(), right = std::round(float_accuracy * images);
  const auto outputs = static_cast<int>(graph::volume(network.layers[network.outputs.front()].shape));
  if (outputs > test.classes)
    warnings.push_back(fmt::format("the network tells {} classes apart; the labels of '{}' name {}", outputs,
                                   test.name, test.classes));
  const auto seen = static_cast<int>(std::set<int>(test.labels.begin(), test.labels.end()).size());
  if (2 * seen < std::min(test.classes, test.size()))
    warnings.push_back(
        fmt::format("the {} images looked at are of {} of the {} classes: does the set stand in order of its "
                    "classes? --samples takes the first images",
                    test.size(), seen, test.classes));
  const std::string remedy = fmt::format(
      "are its inputs normalised as in training (here: {}; --normalise), its classes numbered as the labels "
      "are?",
      normalisation_text(test));
  bool guesses = false;
  if (outputs > 1 && test.size() >= kLeastImages) {
    const double p =
        right < 1 ? 1 : boost::math::cdf(boost::math::complement(Binomial(images, 1.0 / outputs), right - 1));
    guesses = p > kGuessing;
    if (guesses)
      warnings.push_back(fmt::format(
          "the float network is right on {}, and guessing among its {} answers would be as good (binomial "
          "test, p = {:.2g}): {}",
          right_text(right, test), outputs, p, remedy));
  }
  if (promise && !guesses) {
    const double p = promise->accuracy >= 1 ? (right < images ? 0 : 1)
                                            : boost::math::cdf(Binomial(images, promise->accuracy), right);
    if (p < kMissed)
      warnings.push_back(fmt::format("the float network is right on {}, but {} promises {:.2f} %: {}",
                                     right_text(right, test), promise->from, 100 * promise->accuracy,
                                     remedy));
  }
  return warnings;
}

}  // namespace phasecore::run
