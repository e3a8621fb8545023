#include "nas/archive/database.hpp"

#include <fmt/format.h>

#include <cmath>
#include <new>

namespace phasecore::archive {

Database::Database(const std::string& path) : path_(path) {
  const int code =
      sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  try {
    checked(code);
    sqlite3_extended_result_codes(handle_, 1);
    // A damaged file must stay as it is for whoever can repair it: no checkpoint when it is closed.
    checked(sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr));
    run("PRAGMA locking_mode = EXCLUSIVE");  // the lock dies with the process, and needs no third file
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  sqlite3_close(handle_);
}

bool Database::has_moved() const {
  int moved = 0;
  const int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return code == SQLITE_OK && moved != 0;  // a database in memory has no name to lose
}

int Database::checked(int code) const {
  const std::string said = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return code;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw common::EnvironmentError(
          fmt::format("'{}' is in use by another process; wait for it or choose another directory", path_));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw damaged(said);
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:
      if (!settled_) throw damaged(said);
      throw common::InternalError(fmt::format("archive '{}': {}", path_, said));
    default:
      throw common::EnvironmentError(fmt::format("cannot use '{}': {}", path_, said));
  }
}

common::EnvironmentError Database::damaged(const std::string& why) const {
  return common::EnvironmentError(
      fmt::format("archive '{}' is damaged: {}; it is left as it is", path_, why));
}

void Database::run(const std::string& sql) {
  checked(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
}

void Database::settle() {
  checked(sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr));
  settled_ = true;
}

void Database::close() {
  run("PRAGMA wal_checkpoint(TRUNCATE)");
  checked(sqlite3_close(handle_));
  handle_ = nullptr;
}

Statement::Statement(const Database& database, const std::string& sql) : database_(database) {
  database_.checked(sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &statement_, nullptr));
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(const std::string& text) {
  database_.checked(
      sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind(long long number) {
  database_.checked(sqlite3_bind_int64(statement_, ++bound_, number));
  return *this;
}

Statement& Statement::bind(double number) {
  database_.checked(sqlite3_bind_double(statement_, ++bound_, number));
  return *this;
}

bool Statement::step() {
  return database_.checked(sqlite3_step(statement_)) == SQLITE_ROW;
}

void Statement::expect(int column, int type, const char* name) const {
  if (sqlite3_column_type(statement_, column) != type)
    throw database_.damaged(fmt::format("'{}' is not {}", sqlite3_column_name(statement_, column), name));
}

std::string Statement::text(int column) const {
  expect(column, SQLITE_TEXT, "a text");
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) throw std::bad_alloc();
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

long long Statement::integer(int column) const {
  expect(column, SQLITE_INTEGER, "an integer");
  return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
  expect(column, SQLITE_FLOAT, "a number");
  const double value = sqlite3_column_double(statement_, column);
  if (!std::isfinite(value))
    throw database_.damaged(fmt::format("'{}' is not finite", sqlite3_column_name(statement_, column)));
  return value;
}

}  // namespace phasecore::archive
