// The books must refuse a run that was tampered with, one figure at a time.
#include <gtest/gtest.h>

#include <functional>

#include "common/diagnostics.hpp"
#include "random_program.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/program/activity.hpp"
#include "small_program.hpp"

namespace phasecore::program {
namespace {

constexpr int kImages = 2;

std::string complaint(const Activity& a) {
  const auto p = test::small_program();
  try {
    check(a, p.program, p.platform(), kImages);
  } catch (const common::InternalError& e) {
    return e.what();
  }
  return "";
}

LinkActivity& link_0_1(Activity& a) {
  for (auto& link : a.links)
    if (link.from == 0 && link.to == 1) return link;
  throw std::logic_error("no link 0 -> 1");
}

TEST(Books, RefuseEveryTamperedFigure) {
  const auto p = test::small_program();
  const Activity sound = analytic::run(p.program, p.platform(), kImages);
  ASSERT_EQ(complaint(sound), "");
  struct Case {
    const char* message;
    std::function<void(Activity&)> tamper;
  };
  const std::vector<Case> cases = {
      {"number of images", [](Activity& a) { a.image_end_ps.pop_back(); }},
      {"images do not end in order", [](Activity& a) { std::swap(a.image_end_ps[0], a.image_end_ps[1]); }},
      {"images do not end in order", [](Activity& a) { a.image_end_ps[1] = a.end_ps + 1; }},
      {"firings of task 1 (conv) is 5, expected 6", [](Activity& a) { --a.tasks[1].firings; }},
      {"times of task 2 (conv)", [](Activity& a) { a.tasks[2].last_end_ps = a.end_ps + 1; }},
      {"number of tasks", [](Activity& a) { a.tasks.pop_back(); }},
      {"number of cores", [](Activity& a) { a.cores.pop_back(); }},
      {"firings of core 1", [](Activity& a) { ++a.cores[1].firings; }},
      {"busy + idle + stalled of core 0", [](Activity& a) { ++a.cores[0].busy_ps; }},
      {"busy + idle + stalled of core 1", [](Activity& a) { ++a.cores[1].stalled_ps[0]; }},
      {"core 0 has a negative time", [](Activity& a) { a.cores[0].stalled_ps[3] = -1; }},
      {"marks of core 1", [](Activity& a) { a.cores[1].marks.pop_back(); }},
      {"busy time at the last mark of core 0", [](Activity& a) { --a.cores[0].marks.back().busy_ps; }},
      {"marks of core 0 do not follow", [](Activity& a) { a.cores[0].marks[1].busy_ps = -1; }},
      {"marks of core 0 do not follow", [](Activity& a) { a.cores[0].marks[2].gaps_ps = 1; }},
      {"marks of core 0 do not follow", [](Activity& a) { a.cores[0].marks[2].at_ps = a.end_ps + 1; }},
      {"number of streams", [](Activity& a) { a.stream_tokens.push_back(0); }},
      {"tokens delivered on stream 2 is 7, expected 6", [](Activity& a) { ++a.stream_tokens[2]; }},
      {"flits of link 0 -> 1", [](Activity& a) { --link_0_1(a).flits; }},
      {"packets of link", [](Activity& a) { ++a.links[0].packets; }},
      {"busy time of link", [](Activity& a) { ++a.links[0].busy_ps; }},
      {"which is missing", [](Activity& a) { a.links.pop_back(); }},
      {"out of order or listed twice", [](Activity& a) { std::swap(a.links[0], a.links[1]); }},
      {"negative queue", [](Activity& a) { a.links[0].max_queue = -1; }},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Activity a = sound;
    cases[i].tamper(a);
    EXPECT_NE(complaint(a).find(cases[i].message), std::string::npos) << "case " << i << ": " << complaint(a);
  }
}

TEST(Books, AllowLinksThatNobodyUsedToBeListedOrLeftOut) {
  const auto p = test::small_program();
  Activity a = analytic::run(p.program, p.platform(), kImages);
  LinkActivity unused;
  unused.from = 1;
  unused.to = 0;
  a.links.push_back(unused);
  EXPECT_EQ(complaint(a), "");
}

TEST(Bytes, GiveTheSameActivityBack) {
  const auto r = test::random_program(3, {true, true});
  const Activity a = analytic::run(r.program, r.platform(), r.images);
  const Activity b = activity_from_bytes(to_bytes(a));
  EXPECT_EQ(to_bytes(a), to_bytes(b));
  EXPECT_EQ(b.end_ps, a.end_ps);
  EXPECT_EQ(b.links.size(), a.links.size());
  EXPECT_EQ(b.cores[0].stalled_ps, a.cores[0].stalled_ps);
}

TEST(Bytes, OfAnActivityThatAreCutOrTooManyAreRefused) {
  const auto p = test::small_program();
  const std::string bytes = to_bytes(analytic::run(p.program, p.platform(), kImages));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(activity_from_bytes(bytes.substr(0, size)), common::InternalError) << size;
  EXPECT_THROW(activity_from_bytes(bytes + "x"), common::InternalError);
}

}  // namespace
}  // namespace phasecore::program
