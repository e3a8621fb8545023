// What every fuzz target needs. A target hands bytes to a reader of foreign input: whatever they are, they
// are read or refused with a message for the user. Every other exception ends the process, as does a
// sanitizer's finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace phasecore::fuzz {

enum class Fate { Read, Refused };

/// Runs `reader`; an InputError with a message is a refusal.
Fate read_or_refused(const std::function<void()>& reader);

/// Ends the process unless `holds`: something was read, but is not what it should be.
void require(bool holds, const char* what);

std::string text_of(const std::uint8_t* data, std::size_t size);

/// Files of one target's process, in a directory that disappears with it.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  /// The path of a file that holds exactly `content`.
  std::string file(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

}  // namespace phasecore::fuzz

/// What libFuzzer and replay.cpp call with each input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
