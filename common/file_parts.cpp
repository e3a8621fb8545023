#include "common/file_parts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/descriptor.hpp"
#include "common/diagnostics.hpp"
#include "common/files.hpp"

namespace phasecore::common {
namespace {

EVP_MD_CTX* digest_of(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

std::size_t read_part(const std::string& path, std::uint64_t offset, char* out, std::size_t bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::size_t used = 0;
  while (file.valid() && used < bytes) {
    const ssize_t n = ::pread(file.get(), out + used, bytes - used, static_cast<off_t>(offset + used));
    if (n == 0) return used;
    if (n < 0 && errno != EINTR) break;
    if (n > 0) used += static_cast<std::size_t>(n);
  }
  if (used < bytes) throw EnvironmentError(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  return used;
}

void Sha256::Free::operator()(void* context) const {
  ::EVP_MD_CTX_free(digest_of(context));
}

Sha256::Sha256() : context_(::EVP_MD_CTX_new()) {
  ensure(context_ && ::EVP_DigestInit_ex(digest_of(context_.get()), ::EVP_sha256(), nullptr) == 1,
         "sha256: EVP_DigestInit_ex failed");
}

void Sha256::add(std::string_view content) {
  ensure(::EVP_DigestUpdate(digest_of(context_.get()), content.data(), content.size()) == 1,
         "sha256: EVP_DigestUpdate failed");
}

void Sha256::add_file(const std::string& path) {
  const ByteStream stream = file_stream(path);
  std::string block(std::size_t{1} << 16, '\0');
  while (const std::size_t n = stream.read(block.data(), block.size())) add({block.data(), n});
}

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  ensure(::EVP_DigestFinal_ex(digest_of(context_.get()), digest, &size) == 1,
         "sha256: EVP_DigestFinal_ex failed");
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace phasecore::common
