// A run as tracks: units and states of each core in use, links, the host, layers of each image, energy.
#pragma once

#include <vector>

#include "sim/chip/perfetto.hpp"
#include "sim/chip/recorder.hpp"
#include "sim/program/program.hpp"

namespace phasecore::chip {

class Timeline : public Recorder {
 public:
  /// Throws EnvironmentError if the file cannot be written.
  Timeline(const std::string& path, const program::Program& program, const program::Platform& platform,
           int images);

  void visit_ends(int task, int visit, std::int64_t image, Picoseconds start, Picoseconds end) override;
  void core_changes(int core, int state, Picoseconds now) override;
  void host_fires(int task, std::int64_t image, Picoseconds now) override;
  void packet_moves(int link, int stream, Picoseconds start, Picoseconds end) override;
  void token_arrives(int stream, Picoseconds now) override;

  /// The run has ended. Throws EnvironmentError if not all of it could be written.
  void finish(Picoseconds end);

 private:
  using Track = PerfettoFile::Track;
  /// Those of one layer and image that follow each other within the pause are one slice; on links of long
  /// runs, those of several layers, too.
  struct Run {
    Track track = 0;  ///< 0: nothing has happened there yet
    PerfettoFile::Name name = 0;
    std::int64_t image = 0;
    Picoseconds start = 0, end = 0, busy = 0;
    std::int64_t count = 0;  ///< visits or packets
  };
  struct CoreTracks {
    Track core = 0, state = 0;
    int now = 0;  ///< CoreTime::state()
    Picoseconds since = 0;
    std::vector<Run> units;
  };
  struct Span {
    Picoseconds start = -1, end = -1;  ///< -1: nothing yet
    void widen(Picoseconds from, Picoseconds to);
  };
  struct Counter {
    Track track = 0;
    program::EnergySplit::value_type spent = 0, shown = 0;
    Picoseconds at = 0;  ///< when it was shown last
  };

  void add_core(int core);
  void extend(Run& run, const Run& next, bool is_link);
  void end(const Run& run, bool is_link);
  void end_state(CoreTracks& core, Picoseconds now);
  void spend(program::Component component, program::EnergySplit::value_type energy, Picoseconds now);
  void show(Counter& counter, Picoseconds now);
  void show_layers();

  PerfettoFile file_;
  const program::Program& program_;
  const program::Platform& platform_;
  const Picoseconds pause_;
  Track chips_ = 0, links_group_ = 0, host_ = 0;
  std::vector<PerfettoFile::Name> layers_, states_;
  PerfettoFile::Name several_ = 0;
  std::vector<CoreTracks> cores_;
  std::vector<Run> links_;
  std::vector<Counter> energy_;               ///< by program::Component
  std::vector<std::vector<Span>> of_images_;  ///< [image][layer]; behind the layers, the image
};

}  // namespace phasecore::chip
