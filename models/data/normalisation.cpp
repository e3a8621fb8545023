#include "models/data/normalisation.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "common/diagnostics.hpp"
#include "common/table.hpp"

namespace phasecore::data {
namespace {

/// "0.5", "1/255"; NaN for anything else.
double parse_number(const std::string& word) {  // NOLINT(misc-no-recursion): a fraction of fractions
  const std::size_t slash = word.find('/');
  if (slash != std::string::npos)
    return parse_number(word.substr(0, slash)) / parse_number(word.substr(slash + 1));
  double number = 0;
  const char* const last = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), last, number);
  return error == std::errc() && stop == last ? number : std::numeric_limits<double>::quiet_NaN();
}

/// "0.5, 0.25" -> its numbers; what is wrong with it is added to the problems.
std::vector<double> parse_numbers(const std::string& text, const std::string& what, bool positive,
                                  common::Diagnostics& problems) {
  std::vector<double> numbers;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string word = text.substr(begin, end - begin);
    begin = end + 1;
    while (!word.empty() && word.front() == ' ') word.erase(0, 1);
    while (!word.empty() && word.back() == ' ') word.pop_back();
    const double number = parse_number(word);
    if (!std::isfinite(number))
      problems.add({}, what + " '" + word + "' is no number");
    else if (positive && !(number > 0))
      problems.add({}, what + " '" + word + "' must be above 0");
    numbers.push_back(number);
  }
  return numbers;
}

std::string list(const std::vector<double>& numbers) {
  std::string text;
  for (const double n : numbers) text += (text.empty() ? "" : ",") + common::format_double(n);
  return text;
}

}  // namespace

Normalisation parse_normalisation(const std::string& mean, const std::string& deviation,
                                  const std::string& from) {
  common::Diagnostics problems;
  Normalisation n;
  n.from = from;
  n.mean = parse_numbers(mean, from + ": the mean", false, problems);
  n.deviation = parse_numbers(deviation, from + ": the deviation", true, problems);
  const std::size_t channels = std::max(n.mean.size(), n.deviation.size());
  for (std::vector<double>* side : {&n.mean, &n.deviation})
    if (side->size() == 1) side->resize(channels, side->front());
  if (n.mean.size() != n.deviation.size())
    problems.add({}, from + ": there are " + std::to_string(n.mean.size()) + " means and " +
                         std::to_string(n.deviation.size()) + " deviations; expected one for each channel");
  problems.raise_if_any();
  return n;
}

Normalisation parse_normalisation(const std::string& text, const std::string& from) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || text.find(':', colon + 1) != std::string::npos)
    throw common::InputError(from + " is '" + text +
                             "'; expected MEAN:STD or MEAN,MEAN,MEAN:STD,STD,STD, such as "
                             "0.4914,0.4822,0.4465:0.2470,0.2435,0.2616");
  return parse_normalisation(text.substr(0, colon), text.substr(colon + 1), from);
}

std::optional<Normalisation> parse_if_given(const std::optional<std::string>& text, const std::string& from) {
  return text ? std::optional(parse_normalisation(*text, from)) : std::nullopt;
}

std::string to_string(const Normalisation& normalisation) {
  return list(normalisation.mean) + ":" + list(normalisation.deviation);
}

void check_channels(const Normalisation& normalisation, int channels, const std::string& what) {
  const auto named = static_cast<int>(normalisation.mean.size());
  if (named != 1 && named != channels)
    throw common::InputError(normalisation.from + " has " + std::to_string(named) +
                             " means and deviations; " + what + " have " + std::to_string(channels) +
                             (channels == 1 ? " channel" : " channels") +
                             ": expected as many, or one for all");
}

void normalise(const Normalisation& normalisation, const graph::Shape& image, std::vector<float>& values) {
  const int channels = image.front();
  check_channels(normalisation, channels, "images of " + graph::to_string(image));
  const auto per_channel = static_cast<std::size_t>(graph::volume(image) / channels);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto channel = static_cast<int>(i / per_channel % static_cast<std::size_t>(channels));
    values[i] = static_cast<float>(normalisation(values[i], channel));
  }
}

PixelScale::PixelScale(const Normalisation& normalisation, int channels) {
  for (int c = 0; c < channels; ++c)
    for (int v = 0; v < 256; ++v) table_.push_back(static_cast<float>(normalisation(v / 255.0, c)));
}

}  // namespace phasecore::data
