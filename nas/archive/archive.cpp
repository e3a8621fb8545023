#include "nas/archive/archive.hpp"

#include <fmt/format.h>

#include <cmath>

#include "common/diagnostics.hpp"
#include "common/table.hpp"
#include "nas/archive/database.hpp"

namespace phasecore::archive {
namespace {

constexpr int kApplication = 0x50434153;  // "PCAS" in the file's header: this file is ours
constexpr int kSchema = 1;

constexpr const char* kTables = R"(
CREATE TABLE identity (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE evaluations (id INTEGER PRIMARY KEY, genes TEXT NOT NULL, step INTEGER NOT NULL,
                          fidelity TEXT NOT NULL, failure TEXT NOT NULL, lost INTEGER NOT NULL,
                          provenance TEXT NOT NULL, UNIQUE (genes, step));
CREATE TABLE figures (evaluation INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
                      name TEXT NOT NULL, value REAL NOT NULL, error REAL NOT NULL,
                      PRIMARY KEY (evaluation, name));
CREATE TABLE pruned (round INTEGER NOT NULL, genes TEXT NOT NULL, reason TEXT NOT NULL,
                     PRIMARY KEY (round, genes));
)";

using Key = std::pair<std::vector<int>, int>;

std::string genes_text(const std::vector<int>& genes) {
  std::string text;
  for (const int gene : genes) text += (text.empty() ? "" : " ") + std::to_string(gene);
  return text;
}

std::vector<int> read_genes(const std::string& text) {
  std::vector<int> genes;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t used = 0;
    genes.push_back(std::stoi(text.substr(at), &used));
    at += used + 1;
  }
  return genes;
}

std::string listed(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += "\n  " + line;
  return text;
}

long long pragma(const Database& database, const std::string& name) {
  Statement statement(database, "PRAGMA " + name);
  return statement.step() ? statement.integer(0) : 0;
}

}  // namespace

struct Archive::Impl {
  Impl(const std::string& path, std::string provenance_now)
      : database(path), provenance(std::move(provenance_now)) {}

  Database database;
  std::string provenance;
  std::map<Key, Evaluation> evaluations;
  std::map<Key, std::string> provenances;
  std::map<Key, long long> lost_before;  ///< row of an evaluation that an earlier process lost
  std::map<std::pair<int, std::vector<int>>, std::string> pruned;

  template <class Action>
  void transaction(const Action& action) {
    database.run("BEGIN");
    try {
      action();
      database.run("COMMIT");
    } catch (...) {
      sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  }

  bool holds_nothing() {
    Statement count(database, "SELECT count(*) FROM sqlite_master");
    count.step();
    return count.integer(0) == 0 && pragma(database, "application_id") == 0;
  }

  void create(const Identity& identity) {
    database.settle();
    database.run("PRAGMA journal_mode = WAL");
    transaction([&] {  // a file without this transaction is as good as none
      database.run(
          fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplication, kSchema));
      database.run(kTables);
      for (const auto& [key, value] : identity)
        Statement(database, "INSERT INTO identity VALUES (?, ?)").bind(key).bind(value).step();
    });
  }

  void check_file() {
    if (pragma(database, "application_id") != kApplication)
      throw common::InputError("'" + database.path() + "' is a database, but no archive of a search");
    if (pragma(database, "user_version") != kSchema)
      throw common::InputError(fmt::format("'{}' has the archive's version {}; this program reads {}",
                                           database.path(), pragma(database, "user_version"), kSchema));
    Statement check(database, "PRAGMA integrity_check(1)");
    check.step();
    if (check.text(0) != "ok")
      throw common::EnvironmentError(
          fmt::format("'{}' is damaged ({}); it is left as it is", database.path(), check.text(0)));
  }

  void check_identity(const Identity& now) {
    Identity stored;
    Statement rows(database, "SELECT key, value FROM identity ORDER BY rowid");
    while (rows.step()) stored.emplace_back(rows.text(0), rows.text(1));
    const auto lines = differences(stored, now);
    if (!lines.empty())
      throw common::InputError("'" + database.path() +
                               "' belongs to a search with other settings (there -> here):" + listed(lines) +
                               "\nRepeat those settings to resume it, or choose another directory");
  }

  void load() {
    std::map<long long, Key> keys;
    Statement rows(database, "SELECT id, genes, step, fidelity, failure, lost, provenance FROM evaluations");
    while (rows.step()) {
      Evaluation e;
      e.genes = read_genes(rows.text(1));
      e.step = static_cast<int>(rows.integer(2));
      e.fidelity = rows.text(3);
      e.failure = rows.text(4);
      e.lost = rows.integer(5) != 0;
      const Key key{e.genes, e.step};
      if (e.lost) {
        lost_before[key] = rows.integer(0);
        continue;
      }
      keys[rows.integer(0)] = key;
      provenances[key] = rows.text(6);
      evaluations[key] = std::move(e);
    }
    Statement figures(database, "SELECT evaluation, name, value, error FROM figures");
    while (figures.step())
      if (const auto key = keys.find(figures.integer(0)); key != keys.end())
        evaluations[key->second].figures[figures.text(1)] = {figures.real(2), figures.real(3)};
    // What was lost is tried again, and from there the search may go another way; a replay says again what it
    // rules out.
    if (!lost_before.empty()) return database.run("DELETE FROM pruned");
    Statement reasons(database, "SELECT round, genes, reason FROM pruned");
    while (reasons.step())
      pruned[{static_cast<int>(reasons.integer(0)), read_genes(reasons.text(1))}] = reasons.text(2);
  }
};

Archive::Archive(const std::string& path, const Identity& identity, Mode mode, std::string provenance)
    : impl_(std::make_unique<Impl>(path, std::move(provenance))) {
  Database& database = impl_->database;
  if (impl_->holds_nothing()) {
    impl_->create(identity);
  } else {
    impl_->check_file();
    if (mode == Mode::Fresh)
      throw common::InputError("'" + path +
                               "' already holds a search; give --resume to go on with it, or choose "
                               "another directory");
    impl_->check_identity(identity);
    impl_->load();
    database.settle();
  }
  // A commit is then in the file system's hands: it survives the end of the process however it comes, and
  // what a power failure can cost is the last evaluations, never the file (sqlite.org/pragma.html).
  database.run("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
}

Archive::~Archive() = default;

const Evaluation* Archive::find(const std::vector<int>& genes, int step) const {
  const auto found = impl_->evaluations.find({genes, step});
  return found == impl_->evaluations.end() ? nullptr : &found->second;
}

void Archive::store(const Evaluation& evaluation) {
  const Key key{evaluation.genes, evaluation.step};
  common::ensure(
      impl_->evaluations.count(key) == 0,
      "genotype " + genes_text(evaluation.genes) + " was evaluated twice at step " + evaluation.fidelity);
  for (const auto& [name, figure] : evaluation.figures)
    common::ensure(!std::isnan(figure.value) && !std::isnan(figure.error),
                   "figure " + name + " is not a number");
  Database& database = impl_->database;
  impl_->transaction([&] {
    if (const auto lost = impl_->lost_before.find(key); lost != impl_->lost_before.end())
      Statement(database, "DELETE FROM evaluations WHERE id = ?").bind(lost->second).step();
    Statement(database,
              "INSERT INTO evaluations (genes, step, fidelity, failure, lost, provenance) VALUES (?, ?, ?, "
              "?, ?, ?)")
        .bind(genes_text(evaluation.genes))
        .bind(static_cast<long long>(evaluation.step))
        .bind(evaluation.fidelity)
        .bind(evaluation.failure)
        .bind(static_cast<long long>(evaluation.lost))
        .bind(impl_->provenance)
        .step();
    const long long row = sqlite3_last_insert_rowid(database.handle());
    for (const auto& [name, figure] : evaluation.figures)
      Statement(database, "INSERT INTO figures VALUES (?, ?, ?, ?)")
          .bind(row)
          .bind(name)
          .bind(figure.value)
          .bind(figure.error)
          .step();
  });
  impl_->lost_before.erase(key);
  impl_->provenances[key] = impl_->provenance;
  impl_->evaluations[key] = evaluation;
}

std::size_t Archive::size() const {
  return impl_->evaluations.size();
}

void Archive::prune(int round, const std::vector<std::pair<std::vector<int>, std::string>>& reasons) {
  impl_->transaction([&] {
    for (const auto& [genes, reason] : reasons) {
      const auto [known, is_new] = impl_->pruned.try_emplace({round, genes}, reason);
      common::ensure(known->second == reason, "genotype " + genes_text(genes) + " was ruled out as '" +
                                                  known->second + "' and is now as '" + reason + "'");
      if (!is_new) continue;
      Statement(impl_->database, "INSERT INTO pruned VALUES (?, ?, ?)")
          .bind(static_cast<long long>(round))
          .bind(genes_text(genes))
          .bind(reason)
          .step();
    }
  });
}

void Archive::set_note(const std::string& key, const std::string& value) {
  Statement(impl_->database, "INSERT OR REPLACE INTO notes VALUES (?, ?)").bind(key).bind(value).step();
}

std::optional<std::string> Archive::note(const std::string& key) const {
  Statement row(impl_->database, "SELECT value FROM notes WHERE key = ?");
  row.bind(key);
  return row.step() ? std::optional(row.text(0)) : std::nullopt;
}

std::string Archive::dump() const {
  std::string text;
  Statement rows(impl_->database, "SELECT key, value FROM identity ORDER BY key");
  while (rows.step()) text += "identity " + rows.text(0) + " = " + rows.text(1) + "\n";
  for (const auto& [key, e] : impl_->evaluations) {
    text += fmt::format("evaluation {} | {} {} | {}", genes_text(e.genes), e.step, e.fidelity,
                        impl_->provenances.at(key));
    if (!e.failure.empty()) text += std::string(e.lost ? " | lost: " : " | failed: ") + e.failure;
    for (const auto& [name, figure] : e.figures)
      text += fmt::format(" | {} = {} +- {}", name, common::format_double(figure.value),
                          common::format_double(figure.error));
    text += "\n";
  }
  for (const auto& [key, reason] : impl_->pruned)
    text += fmt::format("pruned {} in round {} | {}\n", genes_text(key.second), key.first, reason);
  return text;
}

void Archive::close() {
  impl_->database.close();
}

std::vector<std::string> differences(const Identity& stored, const Identity& now) {
  std::map<std::string, std::pair<std::string, std::string>> both;
  const std::string absent = "(absent)";
  for (const auto& [key, value] : stored) both[key] = {value, absent};
  for (const auto& [key, value] : now) both.try_emplace(key, absent, absent).first->second.second = value;
  std::vector<std::string> lines;
  for (const auto& [key, values] : both)
    if (values.first != values.second) lines.push_back(key + ": " + values.first + " -> " + values.second);
  return lines;
}

}  // namespace phasecore::archive
