#include <gtest/gtest.h>

#include <functional>

#include "common/diagnostics.hpp"
#include "small_program.hpp"

namespace phasecore::program {
namespace {

struct Case {
  const char* message;  ///< part of what the check says
  std::function<void(test::SmallProgram&)> damage;
};

std::string complaint(const test::SmallProgram& p) {
  try {
    check(p.program, p.structure);
  } catch (const common::InternalError& e) {
    return e.what();
  }
  return "";
}

TEST(Check, AcceptsASoundProgram) {
  EXPECT_EQ(complaint(test::small_program()), "");
}

TEST(Check, FindsEveryDamage) {
  using P = test::SmallProgram;
  const std::vector<Case> cases = {
      {"the grid is empty", [](P& p) { p.structure.rows = 0; }},
      {"a clock has no period", [](P& p) { p.structure.host_clock_ps = 0; }},
      {"a link has no width", [](P& p) { p.structure.flit_bytes = 0; }},
      {"a link without latency", [](P& p) { p.structure.link_latency = 0; }},
      {"a shared host port needs a mesh", [](P& p) { p.structure.host_shared = true; }},
      {"link 0 -> 2 has an end outside",
       [](P& p) {
         p.structure.links.push_back({0, 2});
       }},
      {"has no layer", [](P& p) { p.program.tasks[1].layer = 2; }},
      {"never fires", [](P& p) { p.program.tasks[1].firings = 0; }},
      {"a negative time", [](P& p) { p.program.tasks[1].mvm_ps = -1; }},
      {"host tasks and only they", [](P& p) { p.program.tasks[1].core = kHost; }},
      {"host tasks take no time", [](P& p) { p.program.tasks[0].mvm_ps = 1; }},
      {"core 2 is outside the grid", [](P& p) { p.program.tasks[2].core = 2; }},
      {"core 0 already has a task", [](P& p) { p.program.tasks[2].core = 0; }},
      {"digital_ps must be positive", [](P& p) { p.program.tasks[2].digital_ps = 0; }},
      {"pipeline_ps within", [](P& p) { p.program.tasks[2].pipeline_ps = 10001; }},
      {"a negative energy", [](P& p) { p.program.tasks[2].firing_energy[3] = -1; }},
      {"its ends are not two tasks", [](P& p) { p.program.streams[0].to = 4; }},
      {"empty tokens", [](P& p) { p.program.streams[0].bytes = 0; }},
      {"a negative energy", [](P& p) { p.program.streams[0].token_energy_write = -1; }},
      {"only dedicated links stream", [](P& p) { p.program.streams[0].streaming = true; }},
      {"a route belongs to dedicated links", [](P& p) { p.program.streams[2].route.clear(); }},
      {"does not lead from producer",
       [](P& p) {
         p.program.streams[2].route = {1, 0};
       }},
      {"there is no link 0 -> 1", [](P& p) { p.structure.links.clear(); }},
      {"belongs to another consumer", [](P& p) { p.program.tasks[2].inputs[0].stream = 0; }},
      {"one entry per firing", [](P& p) { p.program.tasks[2].inputs[0].need.pop_back(); }},
      {"streams into the digital unit only", [](P& p) { p.program.tasks[2].inputs[1].phase = Phase::Load; }},
      {"need must grow", [](P& p) { p.program.tasks[2].inputs[0].need[1] = 0; }},
      {"need must grow", [](P& p) { p.program.tasks[2].inputs[0].need[2] = 4; }},
      {"release must grow", [](P& p) { p.program.tasks[2].inputs[0].release[1] = 0; }},
      {"needs 3 tokens at once, the buffer holds 2",
       [](P& p) {
         p.program.tasks[1].inputs[0].need = {3, 3, 3};
       }},
      {"must release all tokens", [](P& p) { p.program.tasks[2].inputs[0].release[2] = 2; }},
      {"there is no such stream", [](P& p) { p.program.tasks[2].inputs[0].stream = 9; }},
      {"there is no such stream", [](P& p) { p.program.tasks[2].outputs[0].stream = -1; }},
      {"belongs to another producer", [](P& p) { p.program.tasks[2].outputs[0].stream = 2; }},
      {"emits must have one entry", [](P& p) { p.program.tasks[2].outputs[0].emits = {1}; }},
      {"sends 2 of 3 tokens",
       [](P& p) {
         p.program.tasks[2].outputs[0].emits = {1, 0, 1};
       }},
      {"needs one producer and one consumer",
       [](P& p) { p.program.streams.push_back(p.program.streams[2]); }},
      {"must be two host tasks", [](P& p) { p.program.sink = 2; }},
      {"must be two host tasks", [](P& p) { p.program.sink = p.program.source; }},
      {"must wait for all logits",
       [](P& p) {
         p.program.tasks[3].inputs[0].need = {1, 2, 2};
       }},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    auto p = test::small_program();
    cases[i].damage(p);
    const std::string said = complaint(p);
    EXPECT_NE(said.find(cases[i].message), std::string::npos)
        << "case " << i << ": expected '" << cases[i].message << "', got '" << said << "'";
  }
  EXPECT_EQ(cases.size(), 40u);
}

TEST(Check, RefusesPacketsThatDoNotFitAMeshBuffer) {
  auto p = test::small_program();
  p.structure.mesh = true;
  p.structure.links.clear();
  p.program.streams[2].streaming = false;
  p.program.streams[2].route.clear();
  p.structure.buffer_flits = 7;  // 7 bytes, 1 per flit, no header
  EXPECT_EQ(complaint(p), "");
  p.structure.buffer_flits = 6;
  EXPECT_NE(complaint(p).find("packets of 7 flits do not fit buffers of 6"), std::string::npos);
}

}  // namespace
}  // namespace phasecore::program
