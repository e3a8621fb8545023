#include <algorithm>

#include "common/random.hpp"
#include "models/data/formats.hpp"

namespace phasecore::data {

Range range_of(const Request& request, int images_in_file) {
  constexpr int kCalibration = 1000, kValidation = 5000;
  constexpr int kReserved = kCalibration + kValidation;
  Range range{0, images_in_file};
  if (request.part != Part::Test) {
    if (images_in_file <= kReserved)
      throw common::InputError(request.where() + ": the training file has " + std::to_string(images_in_file) +
                               " images; at least " + std::to_string(kReserved + 1) +
                               " are needed to cut off calibration and validation parts");
    const int calibration = images_in_file - kReserved, validation = images_in_file - kValidation;
    if (request.part == Part::Training) range = {0, calibration};
    if (request.part == Part::Calibration) range = {calibration, validation};
    if (request.part == Part::Validation) range = {validation, images_in_file};
  }
  if (request.limit > 0) range.last = std::min(range.last, range.first + request.limit);
  return range;
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
  return std::min<std::size_t>(1000, available / 10);
}

}  // namespace phasecore::data
