// The tables a user hands over: points of a front (phasecore compare) and the published table of NAS-Bench
// cells.
#include "models/spaces/nasbench_table.hpp"
#include "nas/search/compare.hpp"
#include "tests/fuzz/fuzz_target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace phasecore;
  const std::string text = fuzz::text_of(data, size);
  static const fuzz::Scratch scratch;
  static const std::vector<search::Objective> objectives = {
      search::parse_objective("accuracy@1d:maximise::1"),
      search::parse_objective("latency_ns:minimise:200000")};
  const std::string file = scratch.file("fuzz.csv", text);
  fuzz::read_or_refused([&] {
    for (const auto& point : search::read_points(file, objectives))
      fuzz::require(point.size() == objectives.size(), "a point has too few values");
  });
  fuzz::read_or_refused([&] {
    const auto table = spaces::NasbenchTable::parse(text, "fuzz.csv");
    for (const auto& entry : table.entries())
      fuzz::require(entry.digital >= 0 && entry.digital <= 1, "an accuracy is no fraction");
  });
  fuzz::read_or_refused([&] { search::parse_objective(text.substr(0, text.find('\n'))); });
  return 0;
}
