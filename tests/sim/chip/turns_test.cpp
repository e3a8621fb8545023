// Tasks that share a core, loops and units of another kind, by hand and in both engines.
#include <gtest/gtest.h>

#include <systemc>

#include "common/diagnostics.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/order_tasks.hpp"
#include "tests/sim/chip/forked.hpp"
#include "tests/sim/chip/programs.hpp"

namespace phasecore::test {
namespace {

using program::Activity;
using program::kDigital;
using program::kLoad;

/// What both engines say, which has to be the same.
Activity run_both(const program::Program& p, const program::Platform& platform, int images) {
  const Activity paper = analytic::run(p, platform, images);
  Activity chip = program::activity_from_bytes(in_child([&] {
    chip::Chip silicon(platform);
    chip::RunOptions options;
    options.images = images;
    return program::to_bytes(silicon.run(p, options));
  }));
  EXPECT_EQ(chip.image_end_ps, paper.image_end_ps);
  for (std::size_t t = 0; t < chip.tasks.size(); ++t) {
    EXPECT_EQ(chip.tasks[t].first_start_ps, paper.tasks[t].first_start_ps) << "task " << t;
    EXPECT_EQ(chip.tasks[t].last_end_ps, paper.tasks[t].last_end_ps) << "task " << t;
  }
  for (std::size_t c = 0; c < chip.cores.size(); ++c) {
    EXPECT_EQ(chip.cores[c].busy_ps, paper.cores[c].busy_ps) << "core " << c;
    EXPECT_EQ(chip.cores[c].stalled_ps, paper.cores[c].stalled_ps) << "core " << c;
    EXPECT_EQ(chip.cores[c].marks, paper.cores[c].marks) << "core " << c;
  }
  return chip;
}

/// Source -> core 0 -> sink; load 3 ns, MVM 50 ns, digital 7 ns; 4-byte tokens, of which the first are there
/// at 7, 11, 15 ns: without anything else firings end at 67, 124, 181 ns.
struct OneCore : ProgramBuilder {
  explicit OneCore(int firings = 3) {
    source = host(firings);
    worker = core(0, firings, 3000, 50000, 7000);
    sink = host(firings);
    connect(source, worker, {kLoad, 4, 3});
    connect(worker, sink, {kLoad, 4, 3});
  }
  int source, worker, sink;
};

TEST(Units, OfAnotherKindWorkBehindTheDigitalUnit) {
  OneCore p;
  program::Visit gate = program::digital_visit(20000, 0);
  gate.unit = program::kStandardUnits;
  p.task(p.worker).visits.push_back(gate);
  program::Platform platform = mesh(1, 1).platform();
  platform.units.push_back("gate");
  const Activity a = run_both(p.on(mesh(1, 1)), platform, 1);
  EXPECT_EQ(a.tasks[p.worker].last_end_ps, 181000 + 20000);
  EXPECT_EQ(a.image_end_ps.back(), 201000 + 7000);  // packets leave when the gate has ended
}

TEST(Units, AreFoundByTheirNamesInTheHierarchyOfSystemC) {
  const std::string found = in_child([] {
    program::Platform platform = mesh(2, 2).platform();
    platform.units.push_back("gate");
    const chip::Chip chip(platform);
    std::string kinds;
    for (const char* name : {"core_3", "core_3.load", "core_3.crossbar", "core_0.digital", "core_3.gate",
                             "core_4.crossbar", "core_3.multiplier"}) {
      const sc_core::sc_object* object = sc_core::sc_find_object(name);
      kinds += object == nullptr ? "none " : std::string(object->kind()) + " ";
    }
    const sc_core::sc_object* core = sc_core::sc_find_object("core_3");
    for (const char* unit : {"load", "crossbar", "digital", "gate"})
      kinds += sc_core::sc_find_object((std::string("core_3.") + unit).c_str())->get_parent_object() == core
                   ? "inside "
                   : "elsewhere ";
    return kinds;
  });
  EXPECT_EQ(found, "sc_module unit unit unit unit none none inside inside inside inside ");
}

TEST(Loops, WithAnInitialTokenMakeEveryFiringWaitForTheEndOfTheOneBefore) {
  for (const program::StandardUnit unit : {kLoad, kDigital}) {
    OneCore p;
    const int state = p.connect(p.worker, p.worker, {unit, 4, 2});
    p.stream(state).initial_tokens = 1;
    const Activity a = run_both(p.on(mesh(1, 1)), mesh(1, 1).platform(), 2);
    // Read at the load unit, nothing overlaps: 60 ns per firing from 7 ns on. The digital unit has it in
    // time.
    EXPECT_EQ(a.tasks[p.worker].last_end_ps, unit == kLoad ? 7000 + 6 * 60000 : 10000 + 6 * 57000);
    EXPECT_EQ(a.stream_tokens[state], 6);
    for (const auto& link : a.links) EXPECT_TRUE(link.from == program::kHost || link.to == program::kHost);
  }
}

TEST(Loops, WithoutInitialTokensBeginAnewInEveryImage) {
  OneCore p;
  const int state = p.connect(p.worker, p.worker, {kLoad, 4, 1, false, false, 0, {0, 1, 2}, {}, {1, 1, 0}});
  EXPECT_EQ(p.stream(state).tokens, 2);
  const Activity a = run_both(p.on(mesh(1, 1)), mesh(1, 1).platform(), 2);
  // The second image's first firing is loaded while the last one of the first image is multiplied.
  EXPECT_EQ(a.tasks[p.worker].last_end_ps, 7000 + 3 * 60000 + 57000 + 2 * 60000);
}

TEST(Loops, OfTwoCoresNeedTokensToStart) {
  ProgramBuilder b;
  const int source = b.host(2), first = b.core(0, 2, 0, 10000, 1000), second = b.core(1, 2, 0, 10000, 1000);
  const int sink = b.host(2);
  b.connect(source, first, {kLoad, 1, 2});
  b.connect(first, second, {kLoad, 4, 2});
  const int back = b.connect(second, first, {kLoad, 4, 2});
  b.connect(second, sink, {kLoad, 1, 2});
  const program::Platform platform = mesh(2, 1).platform();
  EXPECT_THROW(analytic::run(b.on(mesh(2, 1)), platform, 1), common::InternalError);
  b.stream(back).initial_tokens = 1;
  const Activity a = run_both(b.on(mesh(2, 1)), platform, 1);
  // Source's token at 4 ns, 11 ns of work, 7 cycles to the next core (one flit, one hop), and back.
  EXPECT_EQ(a.tasks[second].last_end_ps, 4000 + 4 * 11000 + 3 * 7000);
}

/// 2 x 4 pixels come row by row, one every nanosecond, and are read in two tiles of 2 x 2.
TEST(TokenOrders, OfTilesWaitForTheirLastPixelAndTakeTheTimeOfFetching) {
  for (const Picoseconds token : {0, 500}) {
    ProgramBuilder b;
    const int source = b.host(8), worker = b.core(0, 2, 3000, 50000, 7000), sink = b.host(2);
    program::Conversion c;
    c.sent = program::raster_order(2, 4);
    c.read = {2, 4, 2, 2};
    c.need = c.release = {4, 8};
    c.token_ps = token;
    const program::Reach reach = program::as_they_come(c);
    ASSERT_EQ(reach.need, (std::vector<std::int32_t>{6, 8}));
    c.stream = b.connect(source, worker, {kLoad, 1, 8, false, false, 0, reach.need, reach.release});
    b.connect(worker, sink, {kLoad, 1, 2});
    program::Program p = b.on(mesh(1, 1));
    p.conversions = {c};
    const Activity a = run_both(p, mesh(1, 1).platform(), 1);
    // The sixth pixel is there at 4 + 5 ns.
    EXPECT_EQ(a.tasks[worker].first_start_ps, 9000);
    EXPECT_EQ(a.tasks[worker].last_end_ps, 9000 + 3000 + 4 * token + 2 * 57000);
  }
}

/// Two tasks of two firings on core 0: MVM 10 ns, digital 1 ns.
struct TwoTasks : ProgramBuilder {
  TwoTasks() : source(host(2)), first(core(0, 2, 0, 10000, 1000)), second(core(0, 2, 0, 10000, 1000)) {}
  program::Program with_turns(int lag, std::vector<int> turns) {
    program::Program p = on(mesh(1, 1));
    p.orders = {{0, {{first, 0}, {second, lag}}, std::move(turns)}};
    return p;
  }
  int source, first, second;
};

TEST(Turns, AreServedInTheirOrderByEveryUnit) {
  TwoTasks b;
  const int sink = b.host(2);
  b.connect(b.source, b.first, {kLoad, 1, 2});
  b.connect(b.source, b.second, {kLoad, 1, 2});
  b.connect(b.first, sink, {kLoad, 1, 2});
  b.connect(b.second, sink, {kLoad, 1, 2});
  const program::Platform platform = mesh(1, 1).platform();
  Activity a = run_both(b.with_turns(0, {0, 1, 0, 1}), platform, 1);
  // Tokens at 4, 5, 6, 7 ns; 11 ns per firing without overlap.
  EXPECT_EQ(a.tasks[b.first].last_end_ps, 4000 + 3 * 11000);
  EXPECT_EQ(a.tasks[b.second].last_end_ps, 4000 + 4 * 11000);
  a = run_both(b.with_turns(0, {0, 0, 1, 1}), platform, 1);
  EXPECT_EQ(a.tasks[b.first].last_end_ps, 4000 + 2 * 11000);
  EXPECT_EQ(a.cores[0].firings, 4);
}

TEST(Turns, OfAProducerAndItsConsumerHandTokensOnWithinTheCore) {
  TwoTasks b;
  const int sink = b.host(2);
  b.connect(b.source, b.first, {kLoad, 1, 2});
  b.connect(b.first, b.second, {kLoad, 4, 2});
  b.connect(b.second, sink, {kLoad, 1, 2});
  // Turns: first, (skipped), first, second; then (skipped), second: the last image does not wait for more.
  const Activity a = run_both(b.with_turns(1, {0, 1, 0, 1}), mesh(1, 1).platform(), 1);
  EXPECT_EQ(a.tasks[b.first].last_end_ps, 4000 + 2 * 11000);
  EXPECT_EQ(a.tasks[b.second].last_end_ps, 4000 + 4 * 11000);
  EXPECT_EQ(a.links.size(), 2U);  // the host's only
}

TEST(Turns, ThatHangAreRefused) {
  TwoTasks b;
  const int sink = b.host(2);
  b.connect(b.source, b.first, {kLoad, 1, 2});
  b.connect(b.first, b.second, {kLoad, 4, 2, false, false, 0, {2, 2}, {0, 2}});
  b.connect(b.second, sink, {kLoad, 1, 2});
  const program::Platform platform = mesh(1, 1).platform();
  try {
    program::check(b.with_turns(0, {0, 1, 0, 1}), platform);
    ADD_FAILURE() << "strict turns are accepted";
  } catch (const common::InternalError& e) {
    EXPECT_NE(std::string(e.what()).find("its tasks wait for each other"), std::string::npos) << e.what();
  }
  program::check(b.with_turns(0, {0, 0, 1, 1}), platform);
  run_both(b.with_turns(0, {0, 0, 1, 1}), platform, 3);
}

/// first and third on core 0 with second, which is slow, between them on core 1.
TEST(Turns, FromTheMapperKeepTheIntervalThatImageByImageLoses) {
  constexpr int kFirings = 8, kImages = 6;
  ProgramBuilder b;
  const int source = b.host(kFirings), first = b.core(0, kFirings, 0, 10000, 1000);
  const int second = b.core(1, kFirings, 0, 20000, 2000), third = b.core(0, kFirings, 0, 10000, 1000);
  const int sink = b.host(kFirings);
  b.connect(source, first, {kLoad, 1, 2 * kFirings});
  b.connect(first, second, {kLoad, 4, 2 * kFirings});
  b.connect(second, third, {kLoad, 4, 2 * kFirings});
  b.connect(third, sink, {kLoad, 1, 2 * kFirings});
  program::Program p = b.on(mesh(2, 1));
  const program::Platform platform = mesh(2, 1).platform();
  const auto interval = [&] {
    program::check(p, platform);
    const auto ends = run_both(p, platform, kImages).image_end_ps;
    return ends[kImages / 2] - ends[kImages / 2 - 1];  // the last ones have no others beside them
  };
  p.orders = mapping::order_tasks(p, platform);
  const Picoseconds retimed = interval();
  std::vector<int> image_by_image(2 * kFirings, 0);
  std::fill(image_by_image.begin() + kFirings, image_by_image.end(), 1);
  p.orders = {{0, {{first, 0}, {third, 0}}, image_by_image}};
  const Picoseconds one_by_one = interval();
  EXPECT_EQ(retimed, kFirings * 22000);  // both cores work all the time
  EXPECT_GT(one_by_one, retimed + 20000);
}

}  // namespace
}  // namespace phasecore::test
