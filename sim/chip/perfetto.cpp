#include "sim/chip/perfetto.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "common/diagnostics.hpp"

namespace phasecore::chip {
namespace {

using google::protobuf::io::CodedOutputStream;

// Fields by message of the schema.
namespace trace {
constexpr int kPacket = 1;
}
namespace trace_packet {
constexpr int kTimestamp = 8, kSequenceId = 10, kTrackEvent = 11, kInternedData = 12, kSequenceFlags = 13,
              kTrackDescriptor = 60;
constexpr int kStateCleared = 1, kNeedsState = 2;  // SequenceFlags
}  // namespace trace_packet
namespace interned_data {
constexpr int kEventNames = 2, kAnnotationNames = 3;
constexpr int kIid = 1, kName = 2;  // of both
}  // namespace interned_data
namespace track_event {
constexpr int kAnnotations = 4, kType = 9, kNameIid = 10, kTrack = 11, kDoubleCounter = 44;
enum Type : std::uint64_t { SliceBegin = 1, SliceEnd = 2, Instant = 3, Counter = 4 };
}  // namespace track_event
namespace annotation {
constexpr int kNameIid = 1, kUint = 3;
}
namespace track_descriptor {
constexpr int kUuid = 1, kName = 2, kProcess = 3, kParent = 5, kCounter = 8;
}
namespace process {
constexpr int kPid = 1, kName = 6;
}
namespace counter_descriptor {
constexpr int kUnitName = 6;
}

/// Names of annotations.
enum Annotation : std::uint64_t { Firings = 1, Packets, BusyNs };
constexpr std::size_t kBlock = 1 << 20;

/// The fields of one message.
class Message {
 public:
  Message& number(int field, std::uint64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3);
    varint(value);
    return *this;
  }
  Message& real(int field, double value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 1);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    std::uint8_t bytes[sizeof bits];
    CodedOutputStream::WriteLittleEndian64ToArray(bits, bytes);
    text_.append(reinterpret_cast<const char*>(bytes), sizeof bytes);
    return *this;
  }
  Message& text(int field, std::string_view value) {
    head_of_text(field, value.size());
    text_ += value;
    return *this;
  }
  /// What stands before a text of so many bytes.
  Message& head_of_text(int field, std::size_t bytes) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2);
    varint(bytes);
    return *this;
  }
  operator std::string_view() const { return text_; }

 private:
  void varint(std::uint64_t value) {
    std::uint8_t bytes[10];
    const auto* end = CodedOutputStream::WriteVarint64ToArray(value, bytes);
    text_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(end - bytes));
  }
  std::string text_;
};

Message on(track_event::Type type, std::uint64_t track) {
  return Message().number(track_event::kType, type).number(track_event::kTrack, track);
}

}  // namespace

PerfettoFile::PerfettoFile(const std::string& path) : path_(common::file_target(path)), partial_(path_) {
  Message names;
  for (const auto& [iid, name] :
       {std::pair(Firings, "firings"), std::pair(Packets, "packets"), std::pair(BusyNs, "busy_ns")})
    names.text(interned_data::kAnnotationNames,
               Message().number(interned_data::kIid, iid).text(interned_data::kName, name));
  packet(Message()
             .number(trace_packet::kSequenceFlags, trace_packet::kStateCleared)
             .text(trace_packet::kInternedData, names));
}

void PerfettoFile::packet(std::string_view fields) {
  constexpr int kOurSequence = 1;
  const Message sequence = Message().number(trace_packet::kSequenceId, kOurSequence);
  buffer_ += Message().head_of_text(trace::kPacket, std::string_view(sequence).size() + fields.size());
  buffer_ += sequence;
  buffer_ += fields;
  if (buffer_.size() >= kBlock) flush();
}

void PerfettoFile::event(std::int64_t at_ns, std::string_view fields) {
  packet(Message()
             .number(trace_packet::kTimestamp, static_cast<std::uint64_t>(at_ns))
             .number(trace_packet::kSequenceFlags, trace_packet::kNeedsState)
             .text(trace_packet::kTrackEvent, fields));
}

PerfettoFile::Track PerfettoFile::describe(const std::string& name, std::string_view more) {
  const Message fields =
      Message().number(track_descriptor::kUuid, ++tracks_).text(track_descriptor::kName, name);
  packet(Message().text(trace_packet::kTrackDescriptor,
                        std::string(std::string_view(fields)) + std::string(more)));
  return tracks_;
}

PerfettoFile::Track PerfettoFile::group(const std::string& name, int number) {
  const Message process =
      Message().number(process::kPid, static_cast<std::uint64_t>(number)).text(process::kName, name);
  return describe(name, Message().text(track_descriptor::kProcess, process));
}

PerfettoFile::Track PerfettoFile::track(const std::string& name, Track parent) {
  return describe(name, Message().number(track_descriptor::kParent, parent));
}

PerfettoFile::Track PerfettoFile::counter(const std::string& name, const std::string& unit, Track parent) {
  const Message counter = Message().text(counter_descriptor::kUnitName, unit);
  return describe(
      name, Message().number(track_descriptor::kParent, parent).text(track_descriptor::kCounter, counter));
}

PerfettoFile::Name PerfettoFile::name(const std::string& text) {
  const Message entry = Message().number(interned_data::kIid, ++names_).text(interned_data::kName, text);
  packet(Message()
             .number(trace_packet::kSequenceFlags, trace_packet::kNeedsState)
             .text(trace_packet::kInternedData, Message().text(interned_data::kEventNames, entry)));
  return names_;
}

void PerfettoFile::slice(Track track, const Slice& slice) {
  Message begin = on(track_event::SliceBegin, track);
  begin.number(track_event::kNameIid, slice.name);
  const auto annotate = [&](Annotation name, std::int64_t value) {
    begin.text(track_event::kAnnotations, Message()
                                              .number(annotation::kNameIid, name)
                                              .number(annotation::kUint, static_cast<std::uint64_t>(value)));
  };
  if (slice.firings > 1) annotate(Firings, slice.firings);
  if (slice.packets > 1) annotate(Packets, slice.packets);
  if (slice.busy_ns < slice.end_ns - slice.start_ns && slice.busy_ns > 0) annotate(BusyNs, slice.busy_ns);
  event(slice.start_ns, begin);
  packet(Message()
             .number(trace_packet::kTimestamp, static_cast<std::uint64_t>(slice.end_ns))
             .text(trace_packet::kTrackEvent, on(track_event::SliceEnd, track)));
}

void PerfettoFile::instant(Track track, Name name, std::int64_t at_ns) {
  event(at_ns, on(track_event::Instant, track).number(track_event::kNameIid, name));
}

void PerfettoFile::count(Track counter, double value, std::int64_t at_ns) {
  event(at_ns, on(track_event::Counter, counter).real(track_event::kDoubleCounter, value));
}

void PerfettoFile::flush() {
  std::string_view left = buffer_;
  while (!left.empty()) {
    const ssize_t written = ::write(partial_.file().get(), left.data(), left.size());
    if (written < 0 && errno != EINTR) fail();
    if (written > 0) left.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

void PerfettoFile::finish() {
  flush();
  if (::fsync(partial_.file().get()) != 0 || partial_.file().close() != 0 || !partial_.move_to(path_)) fail();
  const std::filesystem::path directory = std::filesystem::path(path_).parent_path();
  common::sync_directory(directory.empty() ? "." : directory.string());
}

void PerfettoFile::fail() const {
  throw common::EnvironmentError("cannot write '" + path_ + "': " + std::strerror(errno));
}

}  // namespace phasecore::chip
