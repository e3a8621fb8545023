#include "models/onnx/external.hpp"

#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>

#include "common/files.hpp"
#include "common/text.hpp"
#include "models/graph/tensor.hpp"
#include "models/onnx/tensors.hpp"

namespace phasecore::onnx {
namespace {

namespace fs = std::filesystem;
using ::onnx::TensorProto;

/// What a tensor says about its place.
struct Place {
  std::string location;
  std::string offset = "0";
  std::optional<std::string> length;  ///< absent: to the end of the file
};

Place place_of(const TensorProto& tensor) {
  Place place;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") place.location = entry.value();
    if (entry.key() == "offset") place.offset = entry.value();
    if (entry.key() == "length") place.length = entry.value();
  }
  return place;
}

bool to_number(const std::string& text, std::size_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// What is wrong with reading this file of the folder; "" if nothing.
std::string refusal(const fs::path& folder, const std::string& location) {
  if (location.empty() || location.find('\0') != std::string::npos) return "names no file";
  const fs::path relative = location;
  if (relative.is_absolute()) return "must lie in the model's folder: its path is absolute";
  fs::path at = folder;
  for (const fs::path& part : relative) {
    if (part == "..") return "must lie in the model's folder: its path has '..'";
    at /= part;
    std::error_code error;
    const fs::file_status status = fs::symlink_status(at, error);
    if (fs::is_symlink(status)) return "is reached through a symbolic link, which is not followed";
    if (!fs::exists(status)) return "is not there";
  }
  std::error_code error;
  return fs::is_regular_file(at, error) ? "" : "is no regular file";
}

/// Bytes that a tensor of this shape takes; nullopt if that is for others to complain about.
std::optional<std::size_t> bytes_of(const TensorProto& tensor) {
  constexpr std::size_t kMost = std::size_t{1} << 40;
  std::size_t bytes = bytes_per_value(tensor);
  for (const auto extent : tensor.dims()) {
    if (extent < 0 || (extent > 0 && bytes > kMost / static_cast<std::size_t>(extent))) return std::nullopt;
    bytes *= static_cast<std::size_t>(extent);
  }
  return bytes_per_value(tensor) == 0 ? std::nullopt : std::optional(bytes);
}

class Loader {
 public:
  Loader(const std::string& path, common::Diagnostics& diagnostics)
      : path_(path), folder_(fs::path(path).parent_path()), diagnostics_(diagnostics) {}

  /// Fills in the tensor's values; with `payloads` only if they are few.
  void load(TensorProto& tensor, Payloads* payloads) {
    if (tensor.data_location() != TensorProto::EXTERNAL && tensor.external_data_size() == 0) return;
    const Place place = place_of(tensor);
    const File* file = file_at(place.location);
    if (file == nullptr) return problem(tensor, place, failures_.at(place.location));
    std::size_t offset = 0, length = 0;
    if (!to_number(place.offset, offset))
      return problem(tensor, place, "offset '" + place.offset + "' is no number of bytes");
    if (offset > file->bytes)
      return problem(
          tensor, place,
          "ends before offset " + place.offset + ": it has " + std::to_string(file->bytes) + " bytes");
    const auto needed = bytes_of(tensor);
    length = file->bytes - offset;
    if (!place.length && needed && *needed < length) length = *needed;
    if (place.length && !to_number(*place.length, length))
      return problem(tensor, place, "length '" + *place.length + "' is no number of bytes");
    if (length > file->bytes - offset)
      return problem(tensor, place,
                     "ends before offset " + place.offset + " + length " + std::to_string(length) +
                         ": it has " + std::to_string(file->bytes) + " bytes");
    if (needed && *needed != length)
      return problem(
          tensor, place,
          "holds " + std::to_string(length) + " bytes for it; its shape needs " + std::to_string(*needed));
    loaded_ += length;
    if (loaded_ > kMostPerFileByte * in_files_)
      return problem(tensor, place,
                     "is read again and again: tensors of " + std::to_string(loaded_) + " bytes");
    if (payloads != nullptr) payloads->erase(&tensor);
    if (payloads != nullptr && length >= kLeastPayload) {
      tensor.clear_raw_data();
      (*payloads)[&tensor] = {file->path, offset, length};
    } else {
      std::string values(length, '\0');
      values.resize(common::read_part(file->path, offset, values.data(), length));
      tensor.set_raw_data(std::move(values));
    }
    tensor.clear_external_data();
    tensor.clear_data_location();
  }

  void add_contents(common::Sha256& sum) const {
    for (const File* file : in_order_) sum.add_file(file->path);
  }

 private:
  void problem(const TensorProto& tensor, const Place& place, const std::string& what) {
    diagnostics_.add({path_, 0, 0},
                     "tensor '" + tensor.name() + "': external file '" + place.location + "' " + what);
  }

  struct File {
    std::string path;
    std::size_t bytes = 0;
  };

  /// Null, with the reason in failures_, if it cannot be read.
  const File* file_at(const std::string& location) {
    const auto known = files_.find(location);
    if (known != files_.end()) return &known->second;
    if (failures_.count(location) != 0) return nullptr;
    const std::string why = refusal(folder_, location);
    if (!why.empty()) {
      failures_[location] = why;
      return nullptr;
    }
    const std::string path = (folder_ / location).string();
    const File& file = files_[location] = {path, static_cast<std::size_t>(common::file_stream(path).size)};
    in_order_.push_back(&file);
    in_files_ += file.bytes;
    return &file;
  }

  std::string path_;
  fs::path folder_;
  common::Diagnostics& diagnostics_;
  std::map<std::string, File> files_;  ///< by location
  std::vector<const File*> in_order_;
  std::map<std::string, std::string> failures_;
  /// Tensors may share a place, but a few bytes must not ask for endless memory.
  static constexpr std::size_t kMostPerFileByte = 4;
  std::size_t in_files_ = 0, loaded_ = 0;
};

}  // namespace

void find_external_data(::onnx::ModelProto& model, const std::string& path, Payloads& payloads,
                        common::Sha256& sum, common::Diagnostics& diagnostics) {
  Loader loader(path, diagnostics);
  for (TensorProto& tensor : *model.mutable_graph()->mutable_initializer()) loader.load(tensor, &payloads);
  for (auto& node : *model.mutable_graph()->mutable_node())
    for (auto& attribute : *node.mutable_attribute())
      if (attribute.has_t()) loader.load(*attribute.mutable_t(), nullptr);
  if (diagnostics.empty()) loader.add_contents(sum);
}

}  // namespace phasecore::onnx
