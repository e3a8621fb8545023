#include "common/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/file_parts.hpp"
#include "common/partial_files.hpp"

namespace phasecore::common {
namespace {

Descriptor open_file(const std::string& path, struct stat& info) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) throw InputError(fmt::format("no such file: '{}'", path));
    throw EnvironmentError(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }
  if (::fstat(file.get(), &info) == 0 && S_ISDIR(info.st_mode))
    throw InputError(fmt::format("'{}' is a directory; expected a file", path));
  return file;
}

/// What the system gives at once; 0 at the end.
std::size_t read_some(const Descriptor& file, const std::string& path, char* out, std::size_t bytes) {
  while (true) {
    const ssize_t n = ::read(file.get(), out, bytes);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR)
      throw EnvironmentError(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }
}

/// What is left of an open file.
std::string read_all(const Descriptor& file, const struct stat& info, const std::string& path,
                     const ReadLimits& limits) {
  const auto too_large = [&] {
    return InputError(fmt::format("'{}' has more than {} bytes", path, limits.most_bytes));
  };
  const std::size_t size = static_cast<std::size_t>(info.st_size > 0 ? info.st_size : 0);
  if (size > limits.most_bytes) throw too_large();
  std::string content(size + 1, '\0');
  std::size_t used = 0;
  while (true) {
    const std::size_t told = std::min(used, limits.begins_with.size());
    if (std::string_view(content).substr(0, told) != limits.begins_with.substr(0, told)) break;
    if (used > limits.most_bytes) throw too_large();
    if (used == content.size()) content.resize(std::min(content.size() * 2 + 4096, limits.most_bytes + 1));
    const std::size_t n = read_some(file, path, content.data() + used, content.size() - used);
    if (n == 0) break;
    used += n;
  }
  content.resize(used);
  return content;
}

}  // namespace

std::string read_file(const std::string& path, ReadLimits limits) {
  struct stat info {};
  const Descriptor file = open_file(path, info);
  return read_all(file, info, path, limits);
}

ByteStream file_stream(const std::string& path, ReadLimits limits) {
  struct stat info {};
  const auto file = std::make_shared<const Descriptor>(open_file(path, info));
  ByteStream stream{fmt::format("'{}'", path), static_cast<std::uint64_t>(info.st_size), {}};
  if (S_ISREG(info.st_mode)) {
    stream.read = [file, path](char* out, std::size_t bytes) {
      std::size_t used = 0;
      while (used < bytes) {
        const std::size_t n = read_some(*file, path, out + used, bytes - used);
        if (n == 0) break;
        used += n;
      }
      return used;
    };
    return stream;
  }
  // Through the same descriptor: nobody may write into a pipe that is opened again.
  const auto content = std::make_shared<const std::string>(read_all(*file, info, path, limits));
  stream.size = content->size();
  stream.read = [content, at = std::size_t{0}](char* out, std::size_t bytes) mutable {
    const std::size_t n = content->copy(out, bytes, at);
    at += n;
    return n;
  };
  return stream;
}

void write_file_atomically(const std::string& path, std::string_view content) {
  const std::string target = file_target(path);
  PartialFile partial(target);
  write_synced(partial.file(), path, content);
  if (!partial.move_to(target))
    throw EnvironmentError(fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
  const std::filesystem::path parent = std::filesystem::path(target).parent_path();
  sync_directory(parent.empty() ? "." : parent.string());
}

void check_writable(const std::string& path) {
  const PartialFile partial(file_target(path));
}

void check_output(const std::string& output, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code no_file;
    if (std::filesystem::equivalent(output, input, no_file))
      throw InputError(
          fmt::format("'{}' is what this command reads ('{}'); it will not be replaced, choose another name",
                      output, input));
  }
  check_writable(output);
}

std::string sha256(std::string_view content) {
  Sha256 sum;
  sum.add(content);
  return sum.hex();
}

}  // namespace phasecore::common
