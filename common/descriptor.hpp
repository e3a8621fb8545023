// File descriptors that close themselves, the synced writes under the atomic files, whole messages over
// sockets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace phasecore::common {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release();
  /// Closes; the system's verdict (0 or -1 with errno) matters after a write.
  int close();

 private:
  int fd_;
};

/// Creates `path`, which must not exist, writes, syncs, closes. Throws EnvironmentError with the system's
/// reason.
void write_synced(const std::string& path, std::string_view content);
/// The same into a file that is open; `path` is for the message.
void write_synced(Descriptor& file, const std::string& path, std::string_view content);

/// Makes the names in a directory durable, where the file system can do that.
void sync_directory(const std::string& path);

/// Moves exactly `size` bytes over a socket. False when the other end is gone.
bool send_all(int fd, const void* data, std::size_t size);
bool receive_all(int fd, void* data, std::size_t size);

/// One message of `size` bytes over a local socket, with a descriptor if `descriptor` >= 0: the receiver gets
/// a duplicate. False when the other end is gone.
bool send_with_descriptor(int fd, const void* data, std::size_t size, int descriptor);
/// `descriptor` is replaced only if one came along; it is closed on exec.
bool receive_with_descriptor(int fd, void* data, std::size_t size, Descriptor& descriptor);

/// Closes everything but the standard streams and `kept`, after a fork: what the parent has open - databases,
/// the sockets of its other children - must not stay open because the child holds it, too.
void close_all_but(int kept);

}  // namespace phasecore::common
