#include "common/npz.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <string_view>

#include "common/diagnostics.hpp"

namespace phasecore::common {
namespace {

constexpr std::string_view kEnding = ".npy";

std::string text_of(zip_error_t* error) {
  std::string text = ::zip_error_strerror(error);
  ::zip_error_fini(error);
  return text;
}

}  // namespace

struct NpzArchive::File {
  explicit File(zip_t* opened) : archive(opened) {}
  ~File() { ::zip_discard(archive); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  zip_t* archive;
};

NpzArchive::NpzArchive(const std::string& path) : path_(path) {
  file_stream(path);  // says why it cannot be read
  int code = 0;
  zip_t* archive = ::zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (archive == nullptr) {
    zip_error_t error;
    ::zip_error_init_with_code(&error, code);
    throw InputError(fmt::format("'{}' is not a .npz file: {}", path, text_of(&error)));
  }
  file_ = std::make_shared<File>(archive);
  const zip_int64_t members = ::zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < members; ++i) {
    const char* name = ::zip_get_name(archive, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    const std::string_view member = name != nullptr ? name : "";
    if (member.size() > kEnding.size() && member.substr(member.size() - kEnding.size()) == kEnding)
      names_.emplace_back(member.substr(0, member.size() - kEnding.size()));
  }
}

NpyReader NpzArchive::open(const std::string& name) const {
  const std::string label = fmt::format("'{}' in '{}'", name, path_);
  zip_t* archive = file_->archive;
  const std::string member_name = name + std::string(kEnding);
  zip_stat_t info;
  ::zip_stat_init(&info);
  zip_file_t* opened = nullptr;
  if (::zip_stat(archive, member_name.c_str(), ZIP_FL_ENC_RAW, &info) != 0 ||
      (info.valid & ZIP_STAT_SIZE) == 0 ||
      (opened = ::zip_fopen(archive, member_name.c_str(), ZIP_FL_ENC_RAW)) == nullptr)
    throw InputError(fmt::format("{} cannot be read: {}", label, ::zip_strerror(archive)));
  const std::shared_ptr<zip_file_t> member(opened, [](zip_file_t* f) { ::zip_fclose(f); });
  // Against archives that promise more than they can hold: memory is taken for what is promised.
  constexpr std::uint64_t kMostDeflated = 1032;  // bytes that one byte of a deflated member can stand for
  const bool packed_size_known = (info.valid & ZIP_STAT_COMP_SIZE) != 0;
  if (!packed_size_known || info.size / kMostDeflated > info.comp_size)
    throw InputError(fmt::format("{} is damaged: {} bytes cannot be packed in {}", label, info.size,
                                 packed_size_known ? info.comp_size : 0));
  const auto read_some = [file = file_, member, label](char* out, std::size_t bytes) {
    const zip_int64_t n = ::zip_fread(member.get(), out, bytes);
    if (n < 0) throw InputError(fmt::format("{} is damaged: {}", label, ::zip_file_strerror(member.get())));
    return static_cast<std::size_t>(n);
  };
  const auto read = [read_some, left = info.size](char* out, std::size_t bytes) mutable {
    std::size_t used = 0;
    while (used < bytes) {
      const std::size_t n = read_some(out + used, bytes - used);
      if (n == 0) break;
      used += n;
    }
    left -= std::min<std::uint64_t>(left, used);
    // libzip looks at the checksum when it is asked for more than there is.
    if (char none = 0; left == 0) read_some(&none, 1);
    return used;
  };
  return NpyReader({label, info.size, read});
}

}  // namespace phasecore::common
