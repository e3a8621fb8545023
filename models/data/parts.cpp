#include <algorithm>
#include <numeric>

#include "common/random.hpp"
#include "models/data/formats.hpp"

namespace phasecore::data {
namespace {

std::size_t tenth(std::size_t available, std::size_t most) {
  return std::clamp<std::size_t>(available / 10, 1, most);
}

const std::optional<int>& count(const Held& held, Part part) {
  switch (part) {
    case Part::Training:
      return held.training;
    case Part::Calibration:
      return held.calibration;
    case Part::Validation:
      return held.validation;
    case Part::Test:
      return held.test;
  }
  throw common::InternalError("data: a part without files");
}

/// Whose files a part comes from.
Part files_of(const Held& held, Part part) {
  if (count(held, part)) return part;
  if (part == Part::Validation && held.training) return Part::Training;
  if (part == Part::Calibration)
    for (const Part from : {Part::Training, Part::Validation, Part::Test})
      if (count(held, from)) return from;
  return part;
}

std::vector<long long> numbers(std::size_t images, Order order) {
  std::vector<long long> all(images);
  std::iota(all.begin(), all.end(), 0);
  if (order == Order::Shuffled) return all;
  std::vector<std::uint64_t> places;
  for (const long long i : all) places.push_back(shuffled_place(std::to_string(i)));
  std::sort(all.begin(), all.end(),
            [&](long long a, long long b) { return std::pair(places[a], a) < std::pair(places[b], b); });
  return all;
}

}  // namespace

Selection select(const Request& request, const Held& held, Order training_order) {
  Selection chosen;
  chosen.files = files_of(held, request.part);
  const std::optional<int>& images = count(held, chosen.files);
  if (!images) throw common::InputError(request.where() + " has no " + name_of(request.part) + " part");
  // Who takes images away, from the end of the order: validation before calibration.
  const auto all = static_cast<std::size_t>(*images);
  std::vector<std::pair<Part, std::size_t>> taken;
  for (const Part part : {Part::Validation, Part::Calibration})
    if (part != chosen.files && !count(held, part) && files_of(held, part) == chosen.files)
      taken.emplace_back(part, part == Part::Validation ? validation_size(all) : calibration_size(all));
  if (all <= taken.size())
    throw common::InputError(request.where() + ": there are " + std::to_string(all) + " " +
                             name_of(chosen.files) + " images; at least " + std::to_string(taken.size() + 1) +
                             " are needed to cut off other parts");
  const Order order = chosen.files == Part::Training ? training_order : Order::Unknown;
  const std::vector<long long> ordered = numbers(all, taken.empty() ? Order::Shuffled : order);
  std::size_t end = all, begin = 0;
  for (const auto& [part, size] : taken) {
    begin = end - size;
    if (part == request.part) break;
    end = begin;
    begin = 0;
  }
  chosen.images.assign(ordered.begin() + static_cast<std::ptrdiff_t>(begin),
                       ordered.begin() + static_cast<std::ptrdiff_t>(end));
  std::sort(chosen.images.begin(), chosen.images.end());
  if (!taken.empty() && order == Order::Unknown)
    chosen.made_by_rule = std::to_string(chosen.images.size()) + " of the set's " + std::to_string(all) +
                          " " + name_of(chosen.files) + " images, by a hash of their numbers";
  if (request.limit > 0 && chosen.images.size() > static_cast<std::size_t>(request.limit))
    chosen.images.resize(static_cast<std::size_t>(request.limit));
  return chosen;
}

bool needs_training_files(Part part, bool has_training, bool has_test) {
  return has_training || part == Part::Training || part == Part::Validation ||
         (part == Part::Calibration && !has_test);
}

std::uint64_t shuffled_place(const std::string& name) {
  const auto words = common::philox4x32_10({common::stable_hash(name), 0, 0, 0},
                                           {static_cast<std::uint32_t>(common::Purpose::DataSplit), 0});
  return std::uint64_t{words[0]} << 32 | words[1];
}

void shuffle(std::vector<std::string>& names) {
  std::vector<std::pair<std::uint64_t, std::string>> keyed;
  keyed.reserve(names.size());
  for (auto& name : names) keyed.emplace_back(shuffled_place(name), std::move(name));
  std::sort(keyed.begin(), keyed.end());
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = std::move(keyed[i].second);
}

std::size_t calibration_size(std::size_t available) {
  return tenth(available, 1000);
}

std::size_t validation_size(std::size_t available) {
  return tenth(available, 5000);
}

}  // namespace phasecore::data
