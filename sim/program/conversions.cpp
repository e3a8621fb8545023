#include "sim/program/conversions.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::program {
namespace {

/// The end of a conversion's stream.
const Input& input_of(const Program& program, const Conversion& conversion) {
  const auto& inputs = program.tasks[program.streams[conversion.stream].to].inputs;
  return *std::find_if(inputs.begin(), inputs.end(),
                       [&](const Input& in) { return in.stream == conversion.stream; });
}

void check_order(const TokenOrder& order, const Stream& stream, const std::string& name) {
  const bool sizes = order.rows > 0 && order.columns > 0 && order.tile_rows > 0 && order.tile_columns > 0;
  common::ensure(sizes && std::int64_t{order.rows} * order.columns == stream.tokens,
                 name + "its orders are not of a plane with a pixel for each token");
}

void check_counts(const Conversion& c, const Task& to, int tokens, const std::string& name) {
  const auto grows = [&](const std::vector<std::int32_t>& counts) {
    return static_cast<int>(counts.size()) == to.firings && std::is_sorted(counts.begin(), counts.end()) &&
           counts.front() >= 0 && counts.back() <= tokens;
  };
  common::ensure(grows(c.need) && grows(c.release),
                 name + "need and release must grow from 0 to the tokens of an image");
}

/// Whether what a task sends can come back to it in the image in which it is sent, over this stream.
bool in_loop_within_image(const Program& program, const Stream& stream) {
  if (stream.initial_tokens >= stream.tokens) return false;
  std::vector<char> reached(program.tasks.size());
  std::vector<int> open = {stream.to};
  while (!open.empty()) {
    const int task = open.back();
    open.pop_back();
    if (task == stream.from) return true;
    if (reached[task]) continue;
    reached[task] = 1;
    for (const Output& output : program.tasks[task].outputs) {
      const Stream& next = program.streams[output.stream];
      if (next.initial_tokens < next.tokens) open.push_back(next.to);
    }
  }
  return false;
}

}  // namespace

Picoseconds fetching_per_image(const Program& program, int task, int visit) {
  Picoseconds sum = 0;
  for (const Conversion& c : program.conversions)
    if (program.streams[c.stream].to == task && input_of(program, c).visit == visit)
      sum += c.need.back() * c.token_ps;
  return sum;
}

Picoseconds longest_fetch_ps(const Program& program, int task) {
  Picoseconds sum = 0;
  for (const Conversion& c : program.conversions) {
    if (program.streams[c.stream].to != task) continue;
    Picoseconds longest = 0;
    for (int i = 0; i < program.tasks[task].firings; ++i) longest = std::max(longest, fetching_ps(c, i));
    sum += longest;
  }
  return sum;
}

void check_conversions(const Program& program) {
  std::vector<char> converted(program.streams.size());
  for (std::size_t i = 0; i < program.conversions.size(); ++i) {
    const Conversion& c = program.conversions[i];
    const std::string name = "program: conversion " + std::to_string(i) + ": ";
    common::ensure(c.stream >= 0 && c.stream < static_cast<int>(program.streams.size()),
                   name + "there is no such stream");
    const Stream& stream = program.streams[c.stream];
    common::ensure(!converted[c.stream], name + "there are two for its stream");
    converted[c.stream] = 1;
    common::ensure(program.tasks[stream.to].core != kHost, name + "the host reads in any order");
    common::ensure(!stream.streaming, name + "what streams is read as it comes");
    common::ensure(stream.initial_tokens % stream.tokens == 0,
                   name + "initial tokens are not those of whole images");
    common::ensure(!in_loop_within_image(program, stream),
                   name + "its stream is part of a loop within an image");
    common::ensure(c.token_ps >= 0, name + "a negative time");
    check_order(c.sent, stream, name);
    check_order(c.read, stream, name);
    common::ensure(c.sent.columns == c.read.columns && pixels_of(c.sent) != pixels_of(c.read),
                   name + "its orders are the same, or of two planes");
    check_counts(c, program.tasks[stream.to], stream.tokens, name);
    const Reach reach = as_they_come(c);
    const Input& in = input_of(program, c);
    common::ensure(in.need == reach.need && in.release == reach.release,
                   name + "its input does not count tokens as they come");
  }
}

}  // namespace phasecore::program
