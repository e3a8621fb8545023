// What is wrong with the user's input, collected so that all of it is said at once.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace phasecore::common {

/// Exit codes of every PhaseCore program (a promise to scripts).
enum class ExitCode { Done = 0, CheckFailed = 1, BadInput = 2, Environment = 3, OurBug = 70 };

/// A place in a file the user wrote. Lines and columns count from 1; 0 means "not known".
/// `file` may also name something that is no file, such as "--set".
struct Location {
  std::string file;
  int line = 0;
  int column = 0;
};

/// "file:line:col", "file" or "" - as much as is known.
std::string to_string(const Location& where);

struct Diagnostic {
  Location where;
  std::string message;       ///< what is wrong; what is allowed; did you mean ...? One line.
  std::string details = {};  ///< lines that follow, fit for a terminal (Table::text())
};

/// "file:line:col: error: message" (or "error: message"), fit for a terminal (printable()); then the details.
std::string to_string(const Diagnostic& diagnostic);

/// Diagnostics on their way through a pipe. unpack_diagnostics() throws InternalError for what pack() did not
/// write.
std::string pack(const std::vector<Diagnostic>& diagnostics);
std::vector<Diagnostic> unpack_diagnostics(std::string_view bytes);

/// So many problems are shown; the rest is counted.
constexpr std::size_t kMostShown = 20;

/// The user's input is wrong: exit code 2. what() holds the messages, one per line, at most kMostShown.
class InputError : public std::runtime_error {
 public:
  explicit InputError(std::vector<Diagnostic> diagnostics);
  explicit InputError(std::string message);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// The same problems; those without a place are at `where`.
InputError placed_at(const Location& where, const InputError& error);

/// A file cannot be read or written, a package is absent, the disk is full: exit code 3.
class EnvironmentError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An invariant of ours is broken: exit code 70.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws InternalError(what) unless `condition` holds. For our own invariants, never for user input.
void ensure(bool condition, const std::string& what);
/// The same without building a string where nothing is wrong.
inline void ensure(bool condition, const char* what) {
  if (!condition) throw InternalError(what);
}

/// Collects diagnostics in the order found.
class Diagnostics {
 public:
  void add(Location where, std::string message);
  void add(Diagnostic diagnostic) { list_.push_back(std::move(diagnostic)); }
  bool empty() const { return list_.empty(); }
  const std::vector<Diagnostic>& list() const { return list_; }
  /// Throws InputError with everything collected, if there is anything.
  void raise_if_any() const;

 private:
  std::vector<Diagnostic> list_;
};

/// "; did you mean 'x'?" when one of `known` is within a small edit distance of `word`, else "".
std::string did_you_mean(const std::string& word, const std::vector<std::string>& known);

}  // namespace phasecore::common
