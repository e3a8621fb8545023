// simulate --trace FILE.pftrace, read with a schema of the public format and held against the report of the
// same run: what the page draws as sums, the trace shows as times.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <vector>

#include "tests/app/program.hpp"
#include "track_event.pb.h"

namespace phasecore::test {
namespace {

using nlohmann::json;

struct Slice {
  std::string name;
  std::int64_t start = 0, end = 0;  ///< ns
  std::map<std::string, std::int64_t> notes;
  std::int64_t note(const std::string& name, std::int64_t otherwise) const {
    const auto found = notes.find(name);
    return found == notes.end() ? otherwise : found->second;
  }
  std::int64_t firings() const { return note("firings", 1); }
  std::int64_t busy_ns() const { return note("busy_ns", end - start); }
};

struct Timeline {
  std::map<std::string, std::vector<Slice>> slices;     ///< by "group/track/..."
  std::map<std::string, std::vector<double>> counters;  ///< values in order
  std::map<std::string, int> instants;

  double total(const std::string& track, const std::string& name) const {
    double ns = 0;
    for (const Slice& slice : slices.at(track))
      if (slice.name == name) ns += static_cast<double>(slice.end - slice.start);
    return ns;
  }
};

/// Follows the rules of the format: names and tracks are known before they are used, slices of a track begin
/// and end in turn, times of a track never go back.
Timeline read(const std::string& path) {
  Timeline timeline;
  perfetto::Trace trace;
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(trace.ParseFromIstream(&in)) << path;
  std::map<std::uint64_t, std::string> tracks, names, annotations;
  std::map<std::uint64_t, std::int64_t> last;
  std::map<std::uint64_t, Slice> open;
  bool cleared = false;
  for (const perfetto::TracePacket& packet : trace.packet()) {
    EXPECT_EQ(packet.trusted_packet_sequence_id(), 1u);
    cleared |= (packet.sequence_flags() & 1) != 0;
    for (const auto& name : packet.interned_data().event_names()) names[name.iid()] = name.name();
    for (const auto& name : packet.interned_data().debug_annotation_names())
      annotations[name.iid()] = name.name();
    if (packet.has_track_descriptor()) {
      const auto& d = packet.track_descriptor();
      EXPECT_EQ(tracks.count(d.uuid()), 0u);
      EXPECT_NE(d.uuid(), 0u);
      EXPECT_TRUE(d.has_process() || tracks.count(d.parent_uuid())) << d.name();
      tracks[d.uuid()] = (d.has_process() ? "" : tracks[d.parent_uuid()] + "/") + d.name();
      EXPECT_TRUE(!d.has_counter() || d.counter().unit_name() == "nJ");
    }
    if (!packet.has_track_event()) continue;
    const bool names_something = packet.track_event().has_name_iid();
    EXPECT_TRUE(cleared && (!names_something || packet.sequence_flags() == 2));
    const auto& event = packet.track_event();
    const std::uint64_t id = event.track_uuid();
    EXPECT_EQ(tracks.count(id), 1u);
    const std::string& track = tracks[id];
    const auto at = static_cast<std::int64_t>(packet.timestamp());
    EXPECT_GE(at, last[id]) << track;
    last[id] = at;
    switch (event.type()) {
      case perfetto::TrackEvent::TYPE_SLICE_BEGIN: {
        EXPECT_EQ(open.count(id), 0u) << track;
        EXPECT_EQ(names.count(event.name_iid()), 1u);
        Slice slice{names[event.name_iid()], at, at, {}};
        for (const auto& annotation : event.debug_annotations()) {
          EXPECT_EQ(annotations.count(annotation.name_iid()), 1u);
          slice.notes[annotations[annotation.name_iid()]] =
              static_cast<std::int64_t>(annotation.uint_value());
        }
        open[id] = slice;
        break;
      }
      case perfetto::TrackEvent::TYPE_SLICE_END:
        EXPECT_EQ(open.count(id), 1u) << track;
        open[id].end = at;
        timeline.slices[track].push_back(open[id]);
        open.erase(id);
        break;
      case perfetto::TrackEvent::TYPE_INSTANT:
        ++timeline.instants[track];
        break;
      case perfetto::TrackEvent::TYPE_COUNTER:
        timeline.counters[track].push_back(event.double_counter_value());
        break;
      default:
        ADD_FAILURE() << "an event without a type on " << track;
    }
  }
  EXPECT_TRUE(open.empty());
  return timeline;
}

struct Traced {  // NOLINT(bugprone-exception-escape): json's noexcept move only asserts
  json report;
  Timeline timeline;
};

Traced traced(const std::string& arguments) {
  const TempDirectory place;
  Traced run;
  run.report = phasecore_json("simulate --data none " + arguments + " --trace " + (place / "run.pftrace"));
  run.timeline = read(place / "run.pftrace");
  return run;
}

/// Times of the file are whole nanoseconds: each end of a slice may be off by less than one.
double slack(const std::vector<Slice>& slices) {
  return 1e-6 + static_cast<double>(slices.size());
}

std::int64_t firings(const Timeline& timeline, const std::string& track) {
  std::int64_t firings = 0;
  if (timeline.slices.count(track))
    for (const Slice& slice : timeline.slices.at(track)) firings += slice.firings();
  return firings;
}

void expect_cores_as_reported(const Traced& run) {
  int cores = 0;
  for (const json& core : run.report["cores"]) {
    const std::string name = "cores/core " + std::to_string(core["id"].get<int>());
    if (core["layers"].empty()) {
      EXPECT_EQ(run.timeline.slices.count(name + "/crossbar"), 0u) << name;
      continue;
    }
    ++cores;
    const auto& states = run.timeline.slices.at(name + "/state");
    for (const auto& [cause, ns] : core["stalled_ns"].items())
      EXPECT_NEAR(run.timeline.total(name + "/state", "stalled: " + cause), ns.get<double>(), slack(states))
          << name << " " << cause;
    EXPECT_NEAR(run.timeline.total(name + "/state", "waiting"), core["idle_ns"].get<double>(), slack(states));
    EXPECT_GE(firings(run.timeline, name + "/crossbar"), core["mvms"].get<std::int64_t>()) << name;
  }
  EXPECT_EQ(cores, run.report["mapping"]["cores_used"].get<int>());
}

void expect_links_as_reported(const Traced& run, int images = 1) {
  ASSERT_GT(run.report["links"].size(), 5u);
  for (const json& link : run.report["links"]) {
    const auto end = [](const json& id) {
      return id.get<int>() < 0 ? std::string("host") : std::to_string(id.get<int>());
    };
    const std::string track = "links/link " + end(link["from"]) + " -> " + end(link["to"]);
    ASSERT_EQ(run.timeline.slices.count(track), 1u) << track;
    double ns = 0;
    for (const Slice& slice : run.timeline.slices.at(track)) ns += static_cast<double>(slice.busy_ns());
    EXPECT_NEAR(ns, images * link["busy_ns"].get<double>(), slack(run.timeline.slices.at(track))) << track;
  }
}

void expect_energy_as_reported(const Traced& run) {
  int counters = 0;
  for (const auto& [component, nj] : run.report["totals"]["energy_by_component_nj"].items()) {
    const auto found = run.timeline.counters.find("energy since the start, without static/" + component);
    const double reported = nj.is_null() ? 0 : nj.get<double>();
    if (component == "static" || reported == 0) {
      EXPECT_EQ(found, run.timeline.counters.end()) << component;
      continue;
    }
    ++counters;
    ASSERT_NE(found, run.timeline.counters.end()) << component;
    EXPECT_NEAR(found->second.back(), reported, 1e-9 * reported) << component;
    EXPECT_TRUE(std::is_sorted(found->second.begin(), found->second.end()));
  }
  EXPECT_GE(counters, 4);
}

void expect_layers_as_reported(const Traced& run) {
  int layers = 0;
  for (const json& layer : run.report["layers"]) {
    const auto name = layer["name"].get<std::string>();
    const auto found = run.timeline.slices.find("layers of image 0/" + name);
    if (layer["cores"].empty()) continue;
    ++layers;
    ASSERT_NE(found, run.timeline.slices.end()) << name;
    ASSERT_EQ(found->second.size(), 1u);
    EXPECT_NEAR(static_cast<double>(found->second[0].start), layer["start_ns"].get<double>(), 1) << name;
    EXPECT_NEAR(static_cast<double>(found->second[0].end), layer["end_ns"].get<double>(), 1) << name;
  }
  EXPECT_GT(layers, 5);
  const Slice& image = run.timeline.slices.at("layers of image 0/image 0").at(0);
  EXPECT_NEAR(static_cast<double>(image.end), run.report["totals"]["latency_ns"].get<double>(), 1);
}

TEST(PerfettoTrace, ShowsTheTimesAndEnergiesOfTheReport) {
  for (const std::string arguments :
       {"zoo:resnet8-fmnist", "zoo:resnet8-fmnist --chip hermes", "zoo:ds-cnn-fmnist",
        "zoo:resnet8-fmnist --set mapping.objective=one-to-one"}) {
    SCOPED_TRACE(arguments);
    const Traced run = traced(arguments);
    expect_cores_as_reported(run);
    expect_links_as_reported(run);
    expect_energy_as_reported(run);
    expect_layers_as_reported(run);
    EXPECT_GT(run.timeline.instants.at("host/firings"), 100);
  }
}

TEST(PerfettoTrace, ShowsAsManyImagesAsAreAskedFor) {
  const Traced run = traced("zoo:resnet8-fmnist --trace-images 3");
  for (int image = 0; image < 3; ++image)
    EXPECT_EQ(run.timeline.slices.count("layers of image " + std::to_string(image) + "/block1.conv1"), 1u);
  EXPECT_EQ(run.timeline.slices.count("layers of image 3/block1.conv1"), 0u);
  // Back to back, the second image is under way before the first has ended.
  EXPECT_LT(run.timeline.slices.at("layers of image 1/image 1")[0].start,
            run.timeline.slices.at("layers of image 0/image 0")[0].end);
  const json untraced = phasecore_json("simulate --data none zoo:resnet8-fmnist");
  EXPECT_EQ(run.report["totals"], untraced["totals"]) << "the traced run is one of its own";
}

TEST(PerfettoTrace, OfALongRunJoinsWhatIsCloseTogetherAndLosesNothing) {
  constexpr int kImages = 40;
  const Traced run = traced("zoo:resnet8-fmnist --set mapping.objective=one-to-one --trace-images " +
                            std::to_string(kImages));
  expect_links_as_reported(run, kImages);
  std::size_t joined = 0;
  for (const json& core : run.report["cores"]) {
    const std::string track = "cores/core " + std::to_string(core["id"].get<int>()) + "/digital";
    if (core["mvms"] == 0) continue;
    EXPECT_EQ(firings(run.timeline, track), kImages * core["mvms"].get<std::int64_t>()) << track;
    for (const Slice& slice : run.timeline.slices.at(track)) joined += slice.notes.count("busy_ns");
  }
  EXPECT_GT(joined, 100u);
}

TEST(PerfettoTrace, HasTheSameBytesEachTime) {
  const TempDirectory place;
  for (const char* name : {"a.pftrace", "b.pftrace"})
    ASSERT_EQ(phasecore("simulate --data none zoo:resnet8-fmnist --trace " + (place / name)).exit_code, 0);
  EXPECT_EQ(read_text(place / "a.pftrace"), read_text(place / "b.pftrace"));
}

TEST(PerfettoTrace, RefusesWhatItCannotWrite) {
  const auto error = [](const std::string& arguments, int exit_code) {
    const CommandResult run = phasecore("simulate zoo:resnet8-fmnist --data none " + arguments);
    EXPECT_EQ(run.exit_code, exit_code) << arguments;
    return run.err;
  };
  EXPECT_EQ(error("--trace run.json", 2),
            "error: --trace is 'run.json'; its ending says the format: .pftrace or .vcd\n");
  EXPECT_EQ(error("--trace-images 2", 2), "error: --trace-images needs --trace\n");
  EXPECT_THAT(error("--trace t.pftrace --trace-images 0", 2), testing::HasSubstr("--trace-images"));
  EXPECT_THAT(error("--trace /proc/no/t.pftrace", 3),
              testing::HasSubstr("cannot write '/proc/no/t.pftrace'"));
}

}  // namespace
}  // namespace phasecore::test
