#include "models/graph/ops/quantize.hpp"

namespace phasecore::graph {
namespace {

void check_codes(const Codes& codes, Findings& findings) {
  if (!(codes.scale > 0 && std::isfinite(codes.scale)))
    findings.add("scale " + std::to_string(codes.scale) + " must be positive");
  if (!(codes.lowest <= codes.zero_point && codes.zero_point <= codes.highest))
    findings.add("zero point " + std::to_string(codes.zero_point) + " is no code");
}

}  // namespace

void Quantize::check(Findings& findings) const {
  check_codes(codes, findings);
}

void Dequantize::check(Findings& findings) const {
  check_codes(codes, findings);
}

}  // namespace phasecore::graph
