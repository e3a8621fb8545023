// SQLite with errors as exceptions. Inside nas/archive only.
#pragma once

#include <sqlite3.h>

#include <string>

#include "common/diagnostics.hpp"

namespace phasecore::archive {

class Database {
 public:
  /// Opens or creates. Throws EnvironmentError. Until settle() nothing that is in the file changes, not even
  /// when it is closed again, and whatever does not go as it should is damage.
  explicit Database(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Is the file no longer under the name by which it was opened?
  bool has_moved() const;
  /// The file is sound and ours: from now on closing merges the journal.
  void settle();
  void run(const std::string& sql);
  /// Merges the journal and closes. Throws EnvironmentError.
  void close();
  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_; }
  /// Throws the exception that belongs to a result code other than OK, ROW, DONE.
  int checked(int code) const;
  /// To be thrown when the file is not as it was written.
  common::EnvironmentError damaged(const std::string& why) const;

 private:
  std::string path_;
  bool settled_ = false;
  sqlite3* handle_ = nullptr;
};

/// A prepared statement; columns and parameters in order.
class Statement {
 public:
  Statement(const Database& database, const std::string& sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(const std::string& text);
  Statement& bind(long long number);
  Statement& bind(double number);
  /// True: there is a row to read.
  bool step();
  /// Of exactly this type, and finite: EnvironmentError when the file has something else there.
  std::string text(int column) const;
  long long integer(int column) const;
  double real(int column) const;

 private:
  void expect(int column, int type, const char* name) const;

  const Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

}  // namespace phasecore::archive
