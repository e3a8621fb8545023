#include "models/onnx/payload.hpp"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <sys/stat.h>

#include <limits>

#include "common/descriptor.hpp"

namespace phasecore::onnx {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using ::onnx::TensorProto;

constexpr int kGraph = 7, kInitializer = 5, kRawData = 9;  // fields of ModelProto, GraphProto, TensorProto

std::uint32_t tag_of(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

/// The fields of a message that are not looked into, as they are encoded.
class Rest {
 public:
  bool take(CodedInputStream& in, std::uint32_t tag) {
    google::protobuf::io::StringOutputStream stream(&bytes_);
    CodedOutputStream out(&stream);
    return WireFormatLite::SkipField(&in, tag, &out);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Scan {
 public:
  Scan(const std::string& path, std::uint64_t size, CodedInputStream& in, Payloads& payloads)
      : path_(path), size_(size), in_(in), payloads_(payloads) {}

  bool read(::onnx::ModelProto& model) {
    Rest rest;
    ::onnx::GraphProto graph;
    bool has_graph = false;
    const bool sound = fields([&](std::uint32_t tag) {
      if (tag != tag_of(kGraph)) return rest.take(in_, tag);
      if (has_graph) return false;
      has_graph = true;
      return nested([&] { return read_graph(graph); });
    });
    if (!sound || !has_graph || !model.ParseFromString(rest.bytes())) return false;
    model.mutable_graph()->Swap(&graph);
    return true;
  }

 private:
  bool read_graph(::onnx::GraphProto& graph) {
    Rest rest;
    ::onnx::GraphProto tensors;
    const bool sound = fields([&](std::uint32_t tag) {
      if (tag != tag_of(kInitializer)) return rest.take(in_, tag);
      return nested([&] { return read_tensor(*tensors.add_initializer()); });
    });
    if (!sound || !graph.ParseFromString(rest.bytes())) return false;
    graph.mutable_initializer()->Swap(tensors.mutable_initializer());
    return true;
  }

  bool read_tensor(TensorProto& tensor) {
    Rest rest;
    Payload payload;
    bool has_raw = false;
    const bool sound = fields([&](std::uint32_t tag) {
      if (tag != tag_of(kRawData)) return rest.take(in_, tag);
      if (has_raw) return false;
      has_raw = true;
      return read_raw(payload, tensor);
    });
    // What was read of it so far is in `tensor` already.
    if (!sound || !tensor.MergeFromString(rest.bytes())) return false;
    if (payload.bytes > 0) payloads_[&tensor] = std::move(payload);
    return true;
  }

  bool read_raw(Payload& payload, TensorProto& tensor) {
    std::uint32_t bytes = 0;
    if (!in_.ReadVarint32(&bytes)) return false;
    const auto offset = static_cast<std::uint64_t>(in_.CurrentPosition());
    if (offset + bytes > size_) return false;
    if (bytes < kLeastPayload) return in_.ReadString(tensor.mutable_raw_data(), static_cast<int>(bytes));
    payload = {path_, offset, bytes};
    return in_.Skip(static_cast<int>(bytes));
  }

  /// `use(tag)` for every field up to the end of the message.
  template <class Use>
  bool fields(Use use) {
    while (const std::uint32_t tag = in_.ReadTag())
      if (!use(tag)) return false;
    return in_.ConsumedEntireMessage();
  }

  template <class Read>
  bool nested(Read read) {
    std::uint32_t bytes = 0;
    if (!in_.ReadVarint32(&bytes) || bytes > size_) return false;
    const auto limit = in_.PushLimit(static_cast<int>(bytes));
    if (!read() || in_.BytesUntilLimit() != 0) return false;
    in_.PopLimit(limit);
    return true;
  }

  const std::string& path_;
  std::uint64_t size_;
  CodedInputStream& in_;
  Payloads& payloads_;
};

}  // namespace

bool read_without_payloads(const std::string& path, ::onnx::ModelProto& model, Payloads& payloads) {
  const common::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!file.valid() || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  if (info.st_size <= 0 || info.st_size > std::numeric_limits<std::int32_t>::max()) return false;
  google::protobuf::io::FileInputStream stream(file.get());
  CodedInputStream in(&stream);
  return Scan(path, static_cast<std::uint64_t>(info.st_size), in, payloads).read(model);
}

}  // namespace phasecore::onnx
