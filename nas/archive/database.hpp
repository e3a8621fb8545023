// SQLite with errors as exceptions. Inside nas/archive only.
#pragma once

#include <sqlite3.h>

#include <string>

namespace phasecore::archive {

class Database {
 public:
  /// Opens or creates. Throws EnvironmentError. Until settle() nothing that is in the file changes, not even
  /// when it is closed again.
  explicit Database(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// The file is sound and ours: from now on closing merges the journal.
  void settle();
  void run(const std::string& sql);
  /// Merges the journal and closes. Throws EnvironmentError.
  void close();
  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_; }
  /// Throws the exception that belongs to a result code other than OK, ROW, DONE.
  int checked(int code) const;

 private:
  std::string path_;
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
  std::string text(int column) const;
  long long integer(int column) const;
  double real(int column) const;

 private:
  const Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

}  // namespace phasecore::archive
