// Bytes for pipes between processes of the same binary.
#include <cereal/archives/binary.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <istream>
#include <ostream>
#include <streambuf>

#include "common/diagnostics.hpp"
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

// Streams of their own: those of the library copy programs of a few hundred kilobytes once more.
class ToString : public std::streambuf {
 public:
  explicit ToString(std::string& bytes) : bytes_(bytes) {}

 protected:
  std::streamsize xsputn(const char* from, std::streamsize count) override {
    bytes_.append(from, static_cast<std::size_t>(count));
    return count;
  }
  int_type overflow(int_type next) override {
    if (!traits_type::eq_int_type(next, traits_type::eof())) bytes_ += traits_type::to_char_type(next);
    return traits_type::not_eof(next);
  }

 private:
  std::string& bytes_;
};

class FromString : public std::streambuf {
 public:
  explicit FromString(const std::string& bytes) {
    char* begin = const_cast<char*>(bytes.data());  // is only read
    setg(begin, begin, begin + bytes.size());
  }
};

template <class T>
std::string write(const T& value) {
  std::string bytes;
  ToString buffer(bytes);
  std::ostream out(&buffer);
  cereal::BinaryOutputArchive archive(out);
  archive(value);
  return bytes;
}

template <class T>
T read(const std::string& bytes, const char* what) {
  FromString buffer(bytes);
  std::istream in(&buffer);
  T value;
  try {
    cereal::BinaryInputArchive archive(in);
    archive(value);
  } catch (const std::exception& e) {  // cereal's own, or bad_alloc and length_error from a broken length
    throw common::InternalError(std::string("cannot read a ") + what + " from its bytes: " + e.what());
  }
  common::ensure(in.peek() == std::istream::traits_type::eof(),
                 std::string("bytes left over after a ") + what);
  return value;
}

}  // namespace

std::string to_bytes(const Program& program) {
  return write(program);
}
std::string to_bytes(const Activity& activity) {
  return write(activity);
}
std::string to_bytes(const Platform& platform) {
  return write(platform);
}
Program program_from_bytes(const std::string& bytes) {
  return read<Program>(bytes, "program");
}
Activity activity_from_bytes(const std::string& bytes) {
  return read<Activity>(bytes, "activity");
}
Platform platform_from_bytes(const std::string& bytes) {
  return read<Platform>(bytes, "platform");
}

}  // namespace phasecore::program
