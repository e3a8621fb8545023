#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "common/diagnostics.hpp"
#include "small_program.hpp"

namespace phasecore::program {
namespace {

/// Links 0 to 3 join the host and the cores, link 4 is the circuit.
struct Sound {
  Program program = test::small_program().program;
  Platform platform = test::small_program().platform();
};

struct Case {
  const char* message;  ///< part of what the check says
  std::function<void(Sound&)> damage;
};

std::string complaint(const Sound& p) {
  try {
    check(p.program, p.platform);
  } catch (const common::InternalError& e) {
    return e.what();
  }
  return "";
}

TEST(Check, AcceptsASoundProgram) {
  EXPECT_EQ(complaint(Sound()), "");
}

TEST(Check, FindsEveryDamage) {
  using P = Sound;
  std::vector<Case> cases = {
      {"the grid is empty", [](P& p) { p.platform.cores.clear(); }},
      {"a gap of no length counts", [](P& p) { p.platform.least_gap_ps = 0; }},
      {"flits have no size", [](P& p) { p.platform.flit_bytes = 0; }},
      {"link host -> 0: a clock has no period", [](P& p) { p.platform.links[0].clock_ps = 0; }},
      {"a link has no width", [](P& p) { p.platform.links[0].bytes_per_cycle = 0; }},
      {"a link without latency", [](P& p) { p.platform.links[4].latency_ps = 0; }},
      {"a negative number of flits or time", [](P& p) { p.platform.links[4].credit_ps = -1; }},
      {"a link without a channel", [](P& p) { p.platform.links[4].channels = 0; }},
      {"has flits of its own, and does not store", [](P& p) { p.platform.links[4].bytes_per_cycle = 2; }},
      {"must join the host and a place on the grid", [](P& p) { p.platform.links[0].to = 2; }},
      {"link 0 -> 2: has an end outside", [](P& p) { p.platform.links[4].to = 2; }},
      {"joins a place with itself", [](P& p) { p.platform.links[4].to = 0; }},
      {"off-chip links and only they", [](P& p) { p.platform.cores[1].chip = 1; }},
      {"there are two of it", [](P& p) { p.platform.links.push_back(p.platform.links[4]); }},
      {"its port is taken",
       [](P& p) {
         p.platform.links[4].kind = LinkKind::Hop;
         p.platform.links.push_back(p.platform.links[4]);
       }},
      {"they lack units", [](P& p) { p.platform.units.pop_back(); }},
      {"visits no unit", [](P& p) { p.program.tasks[1].visits.clear(); }},
      {"not at units of a core in ascending order",
       [](P& p) { std::swap(p.program.tasks[1].visits[0], p.program.tasks[1].visits[1]); }},
      {"not at units of a core in ascending order", [](P& p) { p.program.tasks[1].visits[2].unit = 3; }},
      {"without a register", [](P& p) { p.program.tasks[1].visits[0].registers = 0; }},
      {"no visit waits for it", [](P& p) { p.program.tasks[1].inputs[0].visit = 3; }},
      {"no visit waits for it", [](P& p) { p.program.tasks[3].inputs[0].visit = 1; }},
      {"has no layer", [](P& p) { p.program.tasks[1].layer = 2; }},
      {"never fires", [](P& p) { p.program.tasks[1].firings = 0; }},
      {"a negative time", [](P& p) { p.program.tasks[1].visits[kCrossbar].duration_ps = -1; }},
      {"host tasks and only they", [](P& p) { p.program.tasks[1].core = kHost; }},
      {"host tasks visit no units", [](P& p) { p.program.tasks[0].visits = {load_visit(1)}; }},
      {"core 2 is outside the grid", [](P& p) { p.program.tasks[2].core = 2; }},
      {"its buffer does not hold the initial tokens", [](P& p) { p.program.streams[0].initial_tokens = 3; }},
      {"its last visit takes no time",
       [](P& p) {
         p.program.tasks[2].visits[kDigital].duration_ps = p.program.tasks[2].visits[kDigital].pipeline_ps =
             0;
       }},
      {"pipeline_ps must be within", [](P& p) { p.program.tasks[2].visits[kDigital].pipeline_ps = 10001; }},
      {"a negative energy", [](P& p) { p.program.tasks[2].visits[kLoad].energy[3] = -1; }},
      {"its ends are not two tasks", [](P& p) { p.program.streams[0].to = 4; }},
      {"empty tokens", [](P& p) { p.program.streams[0].bytes = 0; }},
      {"a negative energy", [](P& p) { p.program.streams[0].token_energy_write = -1; }},
      {"only dedicated links stream", [](P& p) { p.program.streams[0].streaming = true; }},
      {"has no route", [](P& p) { p.program.streams[2].route.clear(); }},
      {"of a signal",
       [](P& p) {
         p.program.streams[0].signal = true;
         p.program.streams[0].bytes = 0;
       }},
      {"a signal that carries something", [](P& p) { p.program.streams[0].signal = true; }},
      {"a signal that carries something",
       [](P& p) {
         p.program.streams[2].signal = true;
         p.program.streams[2].bytes = 0;
         p.program.streams[2].route.clear();
       }},
      {"goes over a link that is not there", [](P& p) { p.program.streams[2].route[0].link = 5; }},
      {"goes by a channel that is not there", [](P& p) { p.program.streams[2].route[0].channel = 1; }},
      {"does not lead from producer", [](P& p) { p.program.streams[2].route = p.program.streams[0].route; }},
      {"does not lead from producer",
       [](P& p) {
         p.program.streams[2].route.push_back({4, 0});
       }},
      {"belongs to another consumer", [](P& p) { p.program.tasks[2].inputs[0].stream = 0; }},
      {"one entry per firing", [](P& p) { p.program.tasks[2].inputs[0].need.pop_back(); }},
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
  cases.insert(cases.end(), {
                                {"fewer than two streams", [](P& p) { p.program.multicasts = {{{0}}}; }},
                                {"there is no such stream",
                                 [](P& p) {
                                   p.program.multicasts = {{{0, 9}}};
                                 }},
                                {"in two, or twice in one",
                                 [](P& p) {
                                   p.program.multicasts = {{{0, 0}}};
                                 }},
                                {"several producers",
                                 [](P& p) {
                                   p.program.multicasts = {{{0, 2}}};
                                 }},
                                {"do not carry the same tokens",
                                 [](P& p) {
                                   p.program.multicasts = {{{0, 1}}};
                                   p.program.streams[1].bytes = 15;
                                 }},
                                {"not sent by the same firings",
                                 [](P& p) {
                                   p.program.multicasts = {{{0, 1}}};
                                   p.program.tasks[0].firings = 4;
                                   p.program.tasks[0].outputs[0].emits = {1, 1, 1, 0};
                                   p.program.tasks[0].outputs[1].emits = {1, 1, 0, 1};
                                 }},
                                {"not in the order of the task's outputs",
                                 [](P& p) {
                                   p.program.multicasts = {{{1, 0}}};
                                 }},
                            });
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Sound p;
    cases[i].damage(p);
    const std::string said = complaint(p);
    EXPECT_NE(said.find(cases[i].message), std::string::npos)
        << "case " << i << ": expected '" << cases[i].message << "', got '" << said << "'";
  }
  EXPECT_EQ(cases.size(), 67u);
}

/// The first core reads the source's 2 x 2 pixels column by column.
Sound with_conversion() {
  const auto small = test::small_program(4);
  Sound p{small.program, small.platform()};
  Conversion c;
  c.sent = raster_order(2, 2);
  c.read = {2, 2, 2, 1};
  c.need = c.release = {1, 2, 3, 4};
  const Reach reach = as_they_come(c);
  p.program.tasks[1].inputs[0].need = reach.need;
  p.program.tasks[1].inputs[0].release = reach.release;
  p.program.conversions = {c};
  return p;
}

TEST(Check, FindsEveryDamageOfAConversion) {
  using P = Sound;
  EXPECT_EQ(complaint(with_conversion()), "");
  const std::vector<Case> cases = {
      {"there is no such stream", [](P& p) { p.program.conversions[0].stream = 4; }},
      {"two for its stream", [](P& p) { p.program.conversions.push_back(p.program.conversions[0]); }},
      {"the host reads in any order", [](P& p) { p.program.conversions[0].stream = 3; }},
      {"what streams is read as it comes", [](P& p) { p.program.conversions[0].stream = 2; }},
      {"not those of whole images", [](P& p) { p.program.streams[0].initial_tokens = 1; }},
      {"a negative time", [](P& p) { p.program.conversions[0].token_ps = -1; }},
      {"a pixel for each token", [](P& p) { p.program.conversions[0].sent.rows = 3; }},
      {"a pixel for each token", [](P& p) { p.program.conversions[0].read.tile_columns = 0; }},
      {"the same, or of two planes", [](P& p) { p.program.conversions[0].read = raster_order(2, 2); }},
      {"the same, or of two planes", [](P& p) { p.program.conversions[0].read = raster_order(4, 1); }},
      {"need and release must grow", [](P& p) { p.program.conversions[0].need.pop_back(); }},
      {"need and release must grow", [](P& p) { p.program.conversions[0].release[3] = 5; }},
      {"does not count tokens as they come", [](P& p) { p.program.conversions[0].need[0] = 2; }},
      {"does not count tokens as they come", [](P& p) { p.program.conversions[0].release[0] = 0; }},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Sound p = with_conversion();
    cases[i].damage(p);
    EXPECT_NE(complaint(p).find(cases[i].message), std::string::npos) << "case " << i << ": " << complaint(p);
  }
}

/// The cores of with_conversion(), where the second sends the first `initial` tokens ahead and one for each
/// it gets.
Sound with_feedback(int initial) {
  auto small = test::small_program(4);
  small.layout.circuits.push_back({1, 0});
  Program& p = small.program;
  Stream back = p.streams[2];
  std::swap(back.from, back.to);
  back.streaming = back.partial_sum = false;
  back.initial_tokens = initial;
  back.capacity = 5;
  Input in = p.tasks[1].inputs[0];
  in.stream = 4;
  if (initial == 0) in.need = in.release = {0, 1, 2, 4};
  p.streams.push_back(back);
  p.tasks[2].outputs.push_back({4, {}});
  p.tasks[1].inputs.push_back(in);
  return {small.layout.routed(std::move(p)), small.platform()};
}

TEST(Check, RefusesAConversionInALoopWithinAnImage) {
  // Stream 2 goes from the first core to the second, stream 4 back.
  const auto reads_by_columns = [](Sound p, int stream) {
    Conversion c;
    c.stream = stream;
    c.sent = raster_order(2, 2);
    c.read = {2, 2, 2, 1};
    c.need = c.release = {1, 2, 3, 4};
    const Reach reach = as_they_come(c);
    p.program.streams[stream].capacity = 5;
    p.program.streams[2].streaming = false;
    for (Input& in : p.program.tasks[p.program.streams[stream].to].inputs)
      if (in.stream == stream) {
        in.need = reach.need;
        in.release = reach.release;
      }
    p.program.conversions = {c};
    return complaint(p);
  };
  constexpr const char* kRefusal = "conversion 0: its stream is part of a loop within an image";
  for (const int initial : {0, 1, 3}) {
    EXPECT_EQ(complaint(with_feedback(initial)), "");
    EXPECT_NE(reads_by_columns(with_feedback(initial), 2).find(kRefusal), std::string::npos);
  }
  EXPECT_NE(reads_by_columns(with_feedback(0), 4).find(kRefusal), std::string::npos);
  // With a whole image ahead nothing comes back within one; what enters or leaves a loop is not part of it.
  EXPECT_EQ(reads_by_columns(with_feedback(4), 2), "");
  EXPECT_EQ(reads_by_columns(with_feedback(4), 4), "");
  EXPECT_EQ(reads_by_columns(with_feedback(1), 0), "");
}

TEST(Check, RefusesPacketsThatDoNotFitTheBufferOfARouter) {
  auto small = test::small_program();
  small.layout.chip.network.topology = "mesh";
  small.program.streams[2].streaming = false;
  small.layout.chip.network.buffer_flits = 7;  // 7 bytes, 1 per flit, no header
  Sound p{small.layout.routed(small.program), small.platform()};
  EXPECT_EQ(complaint(p), "");
  small.layout.chip.network.buffer_flits = 6;
  p.platform = small.platform();
  EXPECT_NE(complaint(p).find("packets of 7 flits do not fit buffers of 6"), std::string::npos);
}

TEST(Check, AcceptsAMulticastAndRefusesTwoOfItsWaysToOnePlace) {
  auto small = test::small_program();
  small.layout.chip.grid = {3, 2};
  small.layout.chip.network.topology = "mesh";
  small.layout.chip.network.buffer_flits = 16;
  small.program.streams[2].streaming = false;
  small.program.multicasts = {{{0, 1}}};
  small.layout.chip.host.link = config::HostLink::Shared;
  small.program.tasks[1].core = small.program.tasks[2].core = 4;
  small.program.orders = {{4, {{1, 0}, {2, 0}}, {0, 1, 0, 1, 0, 1}}};
  Sound p{small.layout.routed(small.program), small.platform()};
  EXPECT_EQ(complaint(p), "");
  // From router 0 down and right instead of right and down.
  Route& other = p.program.streams[1].route;
  const auto link = [&](int from, int to) {
    const auto& links = p.platform.links;
    return static_cast<int>(std::find_if(links.begin(), links.end(),
                                         [&](const Link& l) { return l.from == from && l.to == to; }) -
                            links.begin());
  };
  ASSERT_EQ(other.size(), 4u);
  other[1].link = link(0, 3);
  other[2].link = link(3, 4);
  EXPECT_NE(complaint(p).find("two ways lead to one place"), std::string::npos) << complaint(p);
}

TEST(Check, RefusesACutThroughBetweenTwoClocks) {
  auto small = test::small_program();
  small.layout.chip.network.topology = "mesh";
  small.program.streams[2].streaming = false;
  small.layout.chip.network.buffer_flits = 16;
  Sound p{small.layout.routed(small.program), small.platform()};
  p.platform.links[p.program.streams[2].route[1].link].clock_ps -= 1;
  EXPECT_NE(complaint(p).find("cuts through between two clocks"), std::string::npos) << complaint(p);
}

}  // namespace
}  // namespace phasecore::program
