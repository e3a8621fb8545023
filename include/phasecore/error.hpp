// What the library throws. It never ends the process, and writes to no stream.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace phasecore {
inline namespace v1 {

/// One thing that is wrong with the caller's input.
struct Problem {
  std::string place;    ///< "FILE:LINE:COLUMN"; "chip: adc.bits" of settings that stand in no file; "" = none
  std::string message;  ///< what is wrong, and what is allowed
  std::string details;  ///< lines that follow, for a person; mostly none
};

/// Base of all.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
  ~Error() override;
};

/// The caller's input is wrong: all that is wrong with it, at once.
class InputError : public Error {
 public:
  InputError(const std::string& message, std::vector<Problem> problems)
      : Error(message), problems_(std::move(problems)) {}
  ~InputError() override;
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// A file cannot be read or written, a data set is absent, a process was killed, memory is short.
class EnvironmentError : public Error {
 public:
  using Error::Error;
  ~EnvironmentError() override;
};

/// An invariant of PhaseCore's own is broken: a bug.
class InternalError : public Error {
 public:
  using Error::Error;
  ~InternalError() override;
};

/// Watch::stop asked for an end.
class Stopped : public Error {
 public:
  using Error::Error;
  ~Stopped() override;
};

}  // namespace v1
}  // namespace phasecore
