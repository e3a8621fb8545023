// Small programs made by hand, whose times a person can work out.
#pragma once

#include <string>
#include <vector>

#include "sim/chip/chip.hpp"
#include "tests/sim/program/layout.hpp"

namespace phasecore::test {

using program::Picoseconds;

/// Adds tasks and streams one by one; a stream connects a producer's output to a consumer's input with one
/// token per firing of the producer, and firing i of the consumer needs and frees token i, unless told
/// otherwise.
class ProgramBuilder {
 public:
  ProgramBuilder();

  /// A host task; the first is the source, the last one added is the sink.
  int host(int firings);
  int core(int core, int firings, Picoseconds load_ps, Picoseconds mvm_ps, Picoseconds digital_ps);

  struct Link {
    program::StandardUnit unit = program::kLoad;
    int bytes = 4;
    int capacity = 2;
    bool streaming = false;
    bool partial_sum = false;
    Picoseconds credit_ps = 0;
    std::vector<std::int32_t> need = {}, release = {};
    std::vector<std::uint8_t> emits = {};
  };
  int connect(int from, int to, const Link& link);

  program::Visit& visit(int task, program::StandardUnit unit) { return program_.tasks[task].visits[unit]; }
  program::Task& task(int id) { return program_.tasks[id]; }
  program::Stream& stream(int id) { return program_.streams[id]; }
  const program::Program& program();
  /// The program with the ways that its packets take there.
  program::Program on(const Layout& layout) { return layout.routed(program_); }

 private:
  program::Program program_;
};

/// 1 ns clocks, 4-byte flits, no header, latencies of 1 (link) and 2 (router) cycles, buffers of 16 flits,
/// shared host port of 1 byte per cycle and latency 1 at core 0.
Layout mesh(int columns, int rows);
/// The same clocks and flits with dedicated links (latency 1 + 2) and a host link per core.
Layout chain_of_links(int cores);

/// A chip that runs programs without routes, over the ways of its layout.
class LaidOutChip {
 public:
  explicit LaidOutChip(Layout layout) : layout_(std::move(layout)), chip_(layout_.platform()) {}
  program::Activity run(const program::Program& program, const chip::RunOptions& options) {
    return chip_.run(layout_.routed(program), options);
  }

 private:
  Layout layout_;
  chip::Chip chip_;
};

}  // namespace phasecore::test
