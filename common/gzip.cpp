#include "common/gzip.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

namespace phasecore::common {
namespace {

constexpr std::size_t kLargestContent = std::size_t{2} << 30;  // against archives that never end
/// Deflate's best case: what a byte of an archive gives.
constexpr std::uint64_t kMostExpansion = 1032;
constexpr std::size_t kHeld = std::size_t{1} << 20;

}  // namespace

struct GzipReader::Inflation {
  Inflation() { ensure(::inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK, "GzipReader: inflateInit2 failed"); }
  ~Inflation() { ::inflateEnd(&stream); }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;

  z_stream stream{};
  bool member_ended = false;
};

GzipReader::GzipReader(const std::string& path) : path_(path), file_(file_stream(path)) {
  refill();
  if (file_.size > kLargestContent) throw too_large();
  if (held_.size() >= 2 && held_[0] == '\x1f' && held_[1] == '\x8b')
    inflation_ = std::make_unique<Inflation>();
}

GzipReader::~GzipReader() = default;

std::uint64_t GzipReader::most_bytes() const {
  if (file_.size == 0) return kLargestContent;  // some systems' files do not say how large they are
  return std::min<std::uint64_t>(kLargestContent, inflation_ ? file_.size * kMostExpansion : file_.size);
}

std::size_t GzipReader::read(char* out, std::size_t bytes) {
  std::size_t used = 0;
  while (used < bytes) {
    if (taken_ == held_.size()) refill();
    const bool file_ended = held_.empty();
    if (file_ended && (!inflation_ || inflation_->member_ended)) break;
    const std::size_t n = inflation_ ? inflate(out + used, bytes - used) : copy(out + used, bytes - used);
    used += n;
    given_ += n;
    if (given_ > kLargestContent) throw too_large();
  }
  return used;
}

InputError GzipReader::too_large() const {
  return InputError(fmt::format("'{}' has more than 2 GiB of content", path_));
}

std::size_t GzipReader::copy(char* out, std::size_t bytes) {
  const std::size_t n = std::min(bytes, held_.size() - taken_);
  std::copy_n(held_.data() + taken_, n, out);
  taken_ += n;
  return n;
}

std::size_t GzipReader::inflate(char* out, std::size_t bytes) {
  const auto broken = [&](const std::string& why) {
    return InputError(fmt::format("'{}' is a broken gzip archive: {}", path_, why));
  };
  z_stream& stream = inflation_->stream;
  // A gzip file may hold several members one after the other (RFC 1952, 2.2).
  if (inflation_->member_ended) ::inflateReset(&stream);
  const std::size_t offered = held_.size() - taken_;
  const std::size_t asked = std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max());
  stream.next_in = reinterpret_cast<Bytef*>(held_.data() + taken_);
  stream.avail_in = static_cast<uInt>(offered);
  stream.next_out = reinterpret_cast<Bytef*>(out);
  stream.avail_out = static_cast<uInt>(asked);
  const int status = ::inflate(&stream, Z_NO_FLUSH);
  const std::size_t consumed = offered - stream.avail_in, made = asked - stream.avail_out;
  taken_ += consumed;
  inflation_->member_ended = status == Z_STREAM_END;
  if (status == Z_MEM_ERROR) throw EnvironmentError(fmt::format("out of memory reading '{}'", path_));
  if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
    throw broken(stream.msg != nullptr ? stream.msg : "unreadable data");
  const bool stuck = consumed == 0 && made == 0;
  if (stuck && !inflation_->member_ended) throw broken("it ends too early");
  return made;
}

void GzipReader::refill() {
  held_.resize(kHeld);
  held_.resize(file_.read(held_.data(), kHeld));
  taken_ = 0;
}

std::string read_gzip(const std::string& path) {
  GzipReader reader(path);
  std::string content;
  std::size_t used = 0;
  do {
    content.resize(used + kHeld);  // makes room for twice as much where there is none
    used += reader.read(content.data() + used, content.size() - used);
  } while (used == content.size());
  content.resize(used);
  return content;
}

}  // namespace phasecore::common
