#include "nas/figures/catalogue.hpp"

#include <fmt/format.h>

#include "common/diagnostics.hpp"

namespace phasecore::figures {
namespace {

constexpr Range kShare = {0, 1, true};
constexpr Range kPoints = {-100, 100, true};

}  // namespace

void Catalogue::add(Kind kind) {
  common::ensure(find(kind.name) == nullptr, "figures: '" + kind.name + "' is in the catalogue already");
  kinds_.push_back(std::move(kind));
}

const Kind* Catalogue::find(const std::string& figure) const {
  for (const Kind& kind : kinds_) {
    const bool is_family = !kind.name.empty() && kind.name.back() == '@';
    if (figure == kind.name || (is_family && figure.rfind(kind.name, 0) == 0)) return &kind;
  }
  return nullptr;
}

Better Catalogue::better(const std::string& figure) const {
  const bool is_spread = figure.size() > 4 && figure.compare(figure.size() - 4, 4, ".std") == 0;
  const Kind* kind = find(figure);
  return kind == nullptr || is_spread ? Better::Lower : kind->better;
}

const Catalogue& catalogue() {
  static const Catalogue all({
      {"accuracy@", "", Better::Higher,
       "share of images answered right: so long after programming (accuracy@1d), in float "
       "(accuracy@digital), "
       "as the chip computes without device errors (accuracy@quantized)",
       kShare},
      {"plain.accuracy@", "", Better::Higher, "the same of networks trained without regard to the hardware",
       kShare},
      {"avm_pp", "pp", Better::Lower, "accuracy(1 s) - accuracy(30 d), percentage points", kPoints},
      {"latency_ns", "ns", Better::Lower, "one image in an empty chip, first input to last logit"},
      {"interval_ns", "ns", Better::Lower, "between images in steady state"},
      {"energy_nj", "nJ", Better::Lower, "one image in an otherwise empty chip"},
      {"energy_steady_nj", "nJ", Better::Lower, "per image at full pipeline"},
      {"edp", "nJ ns", Better::Lower, "energy_nj * latency_ns"},
      {"average_power_mw", "mW", Better::Lower, "at full pipeline"},
      {"cores", "", Better::Lower, "cores that the network needs, or takes"},
      {"cores_used", "", Better::Lower, "cores that the mapping takes"},
      {"utilization", "", Better::Higher, "share of the used cores' cells that hold weights", kShare},
      {"parameters", "", Better::Lower, "weights of the network"},
      {"macs", "", Better::Lower, "multiply-accumulates per image"},
      {"area_mm2", "mm2", Better::Lower, "of the chip"},
  });
  return all;
}

bool is_accuracy(const std::string& figure) {
  return figure.rfind("accuracy@", 0) == 0 || figure.rfind("plain.accuracy@", 0) == 0;
}

Range range_of(const std::string& figure) {
  const Kind* kind = catalogue().find(figure);
  return kind == nullptr ? Range{} : kind->range;
}

std::string text(const std::string& name, const Figure& figure) {
  const bool accuracy = is_accuracy(name);
  const double scale = accuracy ? 100 : 1;
  const bool whole = figure.value == static_cast<double>(static_cast<long long>(figure.value));
  std::string text = accuracy ? fmt::format("{:.2f}", scale * figure.value)
                     : whole  ? fmt::format("{:.0f}", figure.value)
                              : fmt::format("{:.2f}", figure.value);
  if (figure.error > 0) text += fmt::format(" ± {:.2f}", 1.96 * scale * figure.error);
  return text;
}

}  // namespace phasecore::figures
