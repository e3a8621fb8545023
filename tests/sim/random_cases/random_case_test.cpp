// What random cases have to contain, or tests with them show little.
#include "tests/sim/random_cases/random_case.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/mapping/stages/attention.hpp"
#include "sim/mapping/stages/mvm.hpp"
#include "sim/mapping/stages/recurrent.hpp"
#include "sim/program/activity.hpp"
#include "tests/support/seeds.hpp"

namespace phasecore::test {
namespace {

TEST(RandomCase, IsTheSameForTheSameSeed) {
  const RandomCase a = random_case(12), b = random_case(12), other = random_case(20);
  EXPECT_EQ(a.what, b.what);
  EXPECT_EQ(program::to_bytes(a.built.program), program::to_bytes(b.built.program));
  EXPECT_NE(a.what, other.what);
}

using Counts = std::map<std::string, int>;

void count_stages(const RandomCase& c, std::set<std::string>& has) {
  for (const mapping::Stage& stage : c.map.stages) {
    if (stage.inputs.size() > 1) has.insert("several inputs");
    if (stage.parts > 1) has.insert("channels on several cores");
    if (stage.as<mapping::AttentionWork>() != nullptr) has.insert("attention");
    if (stage.as<mapping::RecurrentWork>() != nullptr) has.insert("recurrent");
    const mapping::MvmWork* mvm = stage.as<mapping::MvmWork>();
    if (mvm == nullptr) continue;
    if (mvm->groups > 1) has.insert("groups");
    if (mvm->pool) has.insert("fused pool");
    if (mapping::in_crossbars(stage) == nullptr) {
      has.insert("digital");
      continue;
    }
    if (mvm->sharing.replicas > 1) has.insert("replicas");
    if (mvm->sharing.copies() > 1) has.insert("tiles");
    for (const auto& part : mvm->submatrices) {
      if (part.chain_position > 0) has.insert("rows cut");
      if (part.col_begin > 0) has.insert("columns cut");
    }
  }
}

TEST(RandomCase, ThereAreManyOfEachKind) {
  Counts counts;
  int refused = 0;
  const auto all = seeds(0, 500);
  for (const std::uint32_t seed : all) {
    const RandomCase c = random_case(seed);
    refused += c.refused;
    std::set<std::string> has = {config::name_of(c.chip.mapping.schedule),
                                 config::name_of(c.chip.mapping.tiling),
                                 c.chip.network.topology,
                                 "law " + c.chip.adc.law(),
                                 "kind " + std::to_string(static_cast<int>(c.kind)),
                                 "objective " + std::to_string(static_cast<int>(c.chip.mapping.objective))};
    count_stages(c, has);
    if (c.chip.chips) has.insert("several chips");
    if (!c.built.program.orders.empty()) has.insert("packed cores");
    if (c.chip.host.interlayer == config::Interlayer::Host) has.insert("host between layers");
    for (const std::string& one : has) ++counts[one];
  }
  for (const auto& [what, count] : counts) RecordProperty(what, count);
  if (!all_seeds()) return;
  for (const char* what : {"several inputs",
                           "channels on several cores",
                           "attention",
                           "recurrent",
                           "groups",
                           "fused pool",
                           "digital",
                           "replicas",
                           "tiles",
                           "rows cut",
                           "columns cut",
                           "layer-serial",
                           "crossbar-serial",
                           "pipelined",
                           "equal",
                           "ceil",
                           "ceil-channels",
                           "mesh",
                           "torus",
                           "dedicated",
                           "law linear",
                           "law cco",
                           "law sar",
                           "law ramp",
                           "kind 0",
                           "kind 1",
                           "kind 2",
                           "kind 3",
                           "kind 4",
                           "objective 0",
                           "objective 1",
                           "objective 2",
                           "objective 3",
                           "objective 4",
                           "several chips",
                           "packed cores",
                           "host between layers"})
    EXPECT_GE(counts[what], 15) << what;
  EXPECT_LE(refused, 250) << "most draws should be cases";
}

}  // namespace
}  // namespace phasecore::test
