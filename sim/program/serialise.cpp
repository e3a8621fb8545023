// Bytes for pipes between processes of the same binary.
#include "common/bytes.hpp"
#include "sim/program/activity.hpp"

namespace phasecore::program {

template <class A>
void serialize(A& a, Visit& v) {
  a(v.unit, v.duration_ps, v.pipeline_ps, v.registers, v.frees, v.energy);
}
template <class A>
void serialize(A& a, Input& v) {
  a(v.stream, v.visit, v.need, v.release);
}
template <class A>
void serialize(A& a, Output& v) {
  a(v.stream, v.emits);
}
template <class A>
void serialize(A& a, Task& v) {
  a(v.layer, v.core, v.kind, v.firings, v.visits, v.inputs, v.outputs, v.macs, v.rows, v.columns);
}
template <class A>
void serialize(A& a, Step& v) {
  a(v.link, v.channel);
}
template <class A>
void serialize(A& a, Stream& v) {
  a(v.from, v.to, v.bytes, v.tokens, v.capacity, v.initial_tokens, v.streaming, v.partial_sum, v.signal,
    v.route, v.credit_ps, v.token_energy_network, v.token_energy_host, v.token_energy_write);
}
template <class A>
void serialize(A& a, CoreOrder::Member& v) {
  a(v.task, v.lag);
}
template <class A>
void serialize(A& a, CoreOrder& v) {
  a(v.core, v.members, v.turns);
}
template <class A>
void serialize(A& a, Multicast& v) {
  a(v.streams);
}
template <class A>
void serialize(A& a, TokenOrder& v) {
  a(v.rows, v.columns, v.tile_rows, v.tile_columns);
}
template <class A>
void serialize(A& a, Conversion& v) {
  a(v.stream, v.sent, v.read, v.need, v.release, v.token_ps);
}
template <class A>
void serialize(A& a, Program& v) {
  a(v.layers, v.tasks, v.streams, v.orders, v.multicasts, v.conversions, v.source, v.sink);
}
template <class A>
void serialize(A& a, Place& v) {
  a(v.chip, v.x, v.y);
}
template <class A>
void serialize(A& a, Link& v) {
  a(v.kind, v.from, v.to, v.from_port, v.to_port, v.clock_ps, v.bytes_per_cycle, v.header_flits, v.latency_ps,
    v.router_ps, v.credit_ps, v.buffer_flits, v.channels);
}
template <class A>
void serialize(A& a, Platform& v) {
  a(v.cores, v.units, v.links, v.flit_bytes, v.header_flits, v.least_gap_ps);
}
template <class A>
void serialize(A& a, CoreMark& v) {
  a(v.at_ps, v.busy_ps, v.gaps_ps, v.gaps);
}
template <class A>
void serialize(A& a, CoreActivity& v) {
  a(v.busy_ps, v.idle_ps, v.stalled_ps, v.firings, v.marks);
}
template <class A>
void serialize(A& a, TaskActivity& v) {
  a(v.firings, v.first_start_ps, v.last_end_ps);
}
template <class A>
void serialize(A& a, LinkActivity& v) {
  a(v.from, v.to, v.packets, v.flits, v.busy_ps, v.max_queue);
}
template <class A>
void serialize(A& a, Activity& v) {
  a(v.end_ps, v.image_end_ps, v.tasks, v.stream_tokens, v.cores, v.links, v.continued_images, v.events);
}

namespace {

template <class T>
T read(const std::string& bytes, const char* what) {
  T value;
  common::from_bytes(bytes, what, value);
  return value;
}

}  // namespace

std::string to_bytes(const Program& program) {
  return common::to_bytes(program);
}
std::string to_bytes(const Activity& activity) {
  return common::to_bytes(activity);
}
std::string to_bytes(const Platform& platform) {
  return common::to_bytes(platform);
}
Program program_from_bytes(const std::string& bytes) {
  return read<Program>(bytes, "a program");
}
Activity activity_from_bytes(const std::string& bytes) {
  return read<Activity>(bytes, "an activity");
}
Platform platform_from_bytes(const std::string& bytes) {
  return read<Platform>(bytes, "a platform");
}

}  // namespace phasecore::program
