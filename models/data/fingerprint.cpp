#include "models/data/fingerprint.hpp"

#include <string_view>

#include "common/files.hpp"

namespace phasecore::data {
namespace {

template <typename T>
std::string sha256_of(const std::vector<T>& values) {
  return common::sha256({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
}

}  // namespace

std::string fingerprint(const Dataset& set) {
  return common::sha256(graph::to_string(set.shape) + sha256_of(set.labels) + sha256_of(set.images));
}

}  // namespace phasecore::data
