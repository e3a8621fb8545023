// How far ahead of an image others can be that it waits for, and what few images show of all.
#include "sim/program/deadlock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "common/diagnostics.hpp"
#include "common/random.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/program/turns.hpp"
#include "widened_program.hpp"

namespace phasecore::program {
namespace {

constexpr int kSeeds = 150;

test::RandomProgram shared_cores(int seed, bool contended) {
  const test::RandomOptions options{seed % 2 == 0, contended};
  return seed % 3 == 0 ? test::mixed_program(seed, options) : test::widened_program(seed, options);
}

/// Who waits for whom in a run, firing by firing (docs/model/timing.md: T1, T2, T7, T11).
class Waits {
 public:
  Waits(const Program& p, int images) : p_(p), images_(images), turn_(p.tasks.size()) {
    std::map<int, std::vector<int>> on_core;
    for (int t = 0; t < static_cast<int>(p.tasks.size()); ++t)
      if (p.tasks[t].core != kHost) on_core[p.tasks[t].core].push_back(t);
    for (const auto& [core, tasks] : on_core) {
      Turns turns(p, tasks, images);
      std::vector<Node> order;
      for (std::int64_t k = 0; k < turns.total(); ++k) {
        const Turn turn = turns.at(k);
        const int task = turns.tasks()[turn.member];
        turn_[task].push_back(order.empty() ? Node{-1, 0} : order.back());
        order.push_back({task, static_cast<int>(turn.firing)});
      }
    }
  }

  /// Whether some firings wait for each other.
  bool has_circle() const {
    std::vector<std::vector<int>> waiting;  // for how many others, of each task
    std::vector<Node> all, free;
    for (int t = 0; t < static_cast<int>(p_.tasks.size()); ++t) {
      waiting.emplace_back(p_.tasks[t].firings * images_);
      for (int g = 0; g < static_cast<int>(waiting.back().size()); ++g) all.push_back({t, g});
    }
    std::map<std::array<int, 2>, std::vector<Node>> waits_for;  // who waits for one
    for (const Node& node : all) {
      for_each_wait(node, [&](const Node& other) {
        waits_for[{other.task, other.firing}].push_back(node);
        ++waiting[node.task][node.firing];
      });
      if (waiting[node.task][node.firing] == 0) free.push_back(node);
    }
    std::size_t done = 0;
    for (; !free.empty(); ++done) {
      const Node node = free.back();
      free.pop_back();
      for (const Node& other : waits_for[{node.task, node.firing}])
        if (--waiting[other.task][other.firing] == 0) free.push_back(other);
    }
    return done < all.size();
  }

  /// The latest image that a firing of `image` waits for, directly or through others.
  int latest_image(int image) const {
    std::vector<std::vector<char>> seen;
    for (const Task& task : p_.tasks) seen.emplace_back(task.firings * images_);
    std::vector<Node> open;
    const auto wait = [&](const Node& node) {
      if (seen[node.task][node.firing]) return;
      seen[node.task][node.firing] = 1;
      open.push_back(node);
    };
    for (int t = 0; t < static_cast<int>(p_.tasks.size()); ++t)
      for (int i = 0; i < p_.tasks[t].firings; ++i) wait({t, image * p_.tasks[t].firings + i});
    int latest = image;
    while (!open.empty()) {
      const Node node = open.back();
      open.pop_back();
      latest = std::max(latest, node.firing / p_.tasks[node.task].firings);
      for_each_wait(node, wait);
    }
    return latest;
  }

 private:
  struct Node {
    int task = 0, firing = 0;
  };

  template <class Do>
  void for_each_wait(const Node& node, const Do& what) const {
    const auto wait = [&](const Node& other) {
      if (other.task >= 0 && other.firing >= 0) what(other);
    };
    wait({node.task, node.firing - 1});
    if (!turn_[node.task].empty()) wait(turn_[node.task][node.firing]);
    wait_for_tokens(node, wait);
    wait_for_credits(node, wait);
  }

  template <class Wait>
  void wait_for_tokens(const Node& node, const Wait& wait) const {
    const Task& task = p_.tasks[node.task];
    for (const Input& in : task.inputs) {
      const Stream& stream = p_.streams[in.stream];
      const int need = in.need[node.firing % task.firings];
      if (need > 0)
        wait(sender(in.stream, node.firing / task.firings * stream.tokens + need - stream.initial_tokens));
    }
  }

  /// The place of a token is that of the one so many before it as the buffer holds.
  template <class Wait>
  void wait_for_credits(const Node& node, const Wait& wait) const {
    const Task& task = p_.tasks[node.task];
    for (const Output& out : task.outputs) {
      const int local = node.firing % task.firings;
      if (!emits(out, local)) continue;
      const Stream& stream = p_.streams[out.stream];
      int sent = stream.initial_tokens + node.firing / task.firings * stream.tokens;
      for (int i = 0; i <= local; ++i) sent += emits(out, i);
      wait(freer(out.stream, sent - stream.capacity));
    }
  }

  /// Of token number `token` >= 1 that is sent; none before.
  Node sender(int stream, int token) const {
    if (token <= 0) return {-1, 0};
    const int from = p_.streams[stream].from, tokens = p_.streams[stream].tokens;
    const auto& outputs = p_.tasks[from].outputs;
    const Output& out =
        *std::find_if(outputs.begin(), outputs.end(), [&](const Output& o) { return o.stream == stream; });
    int firing = (token - 1) / tokens * p_.tasks[from].firings;
    for (int left = (token - 1) % tokens + 1;; ++firing)
      if (emits(out, firing % p_.tasks[from].firings) && --left == 0) return {from, firing};
  }

  /// Of token number `token` >= 1 of the stream, initial ones counted.
  Node freer(int stream, int token) const {
    if (token <= 0) return {-1, 0};
    const int to = p_.streams[stream].to, tokens = p_.streams[stream].tokens;
    const auto& inputs = p_.tasks[to].inputs;
    const Input& in = *std::find_if(inputs.begin(), inputs.end(),
                                    [&](const Input& input) { return input.stream == stream; });
    const auto first = std::lower_bound(in.release.begin(), in.release.end(), (token - 1) % tokens + 1);
    return {to, (token - 1) / tokens * p_.tasks[to].firings + static_cast<int>(first - in.release.begin())};
  }

  const Program& p_;
  const int images_;
  std::vector<std::vector<Node>> turn_;  ///< of each firing on a core: whose turn is before
};

TEST(ImagesAhead, BoundsHowFarOtherImagesAreThatOneWaitsFor) {
  int ahead = 0, reached = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    const Program p = shared_cores(seed, seed % 5 == 0).program;
    const int bound = images_ahead(p);
    // The second image has one before it to wait for, and there are more than the bound behind it.
    const int latest = Waits(p, 4 + 2 * bound).latest_image(1) - 1;
    EXPECT_LE(latest, bound);
    ahead += bound > 0;
    reached += bound > 0 && latest == bound;
  }
  EXPECT_GE(ahead, 30);
  EXPECT_GE(reached, 15) << "a smaller bound would do";
}

TEST(ImagesAhead, BehindAnImageChangeNothingForIt) {
  int ahead = 0, changed = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    const test::RandomProgram r = shared_cores(seed, false);
    const int bound = images_ahead(r.program), images = 4 + bound;
    const auto less = analytic::run(r.program, r.platform(), images).image_end_ps;
    const auto more = analytic::run(r.program, r.platform(), images + 3).image_end_ps;
    for (int m = 0; m < images - bound; ++m) EXPECT_EQ(less[m], more[m]) << "image " << m;
    ahead += bound > 0;
    changed += !std::equal(less.begin(), less.end(), more.begin());
  }
  EXPECT_GE(ahead, 30);
  EXPECT_GT(changed, 5) << "the last images do not differ either: nothing is tested";
}

/// Takes places from buffers until tasks perhaps wait for each other; every need of a firing is kept.
void tighten(Program& p, int seed) {
  common::RandomKey key;
  key.seed = seed;
  std::uint64_t draws = 0;
  std::vector<int> least(p.streams.size(), 1);
  for (const Task& task : p.tasks)
    for (const Input& in : task.inputs) {
      int& places = least[in.stream];
      places = std::max(places, p.streams[in.stream].initial_tokens);
      for (std::size_t i = 0; i < in.need.size(); ++i)
        places = std::max(places, in.need[i] - (i > 0 ? in.release[i - 1] : 0));
    }
  for (std::size_t s = 0; s < p.streams.size(); ++s)
    if (common::uniform_index(key, draws++, 4) == 0)
      p.streams[s].capacity = std::min(p.streams[s].capacity, least[s]);
}

TEST(Deadlock, IsFoundWithinAsFewImagesAsACircleHas) {
  int hang = 0, pass = 0, late = 0;
  for (int seed = 0; seed < 2 * kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    test::RandomProgram r = shared_cores(seed, false);
    if (r.program.orders.empty()) continue;
    tighten(r.program, seed);
    const auto hangs = [&](int images) { return Waits(r.program, images).has_circle(); };
    const int few = images_of_a_circle(r.program), many = 3 * few + 5;
    try {
      require_no_deadlock(r.program);
      EXPECT_FALSE(hangs(few));
      EXPECT_FALSE(hangs(many));
      analytic::run(r.program, r.platform(), many);
      ++pass;
    } catch (const common::InternalError& e) {
      EXPECT_NE(std::string(e.what()).find("wait for each other"), std::string::npos) << e.what();
      EXPECT_TRUE(hangs(few));
      late += !hangs(1);
      ++hang;
    }
  }
  EXPECT_GE(pass, 20);
  EXPECT_GE(hang, 20);
  EXPECT_GT(late, 0) << "one image shows them all";
}

}  // namespace
}  // namespace phasecore::program
