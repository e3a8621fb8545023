#include "nas/archive/contents.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <system_error>

namespace phasecore::archive {
namespace {

constexpr int kApplication = 0x50434153;  // "PCAS" in the file's header: this file is ours
/// 1 had no hashes.
constexpr int kSchema = 2;

/// `hash` is of the row's own fields (of an evaluation: with its figures); `sets` has one of all rows of a
/// table, so that a row that is missing shows.
constexpr std::array<std::pair<const char*, const char*>, 6> kTables = {{
    {"identity", "CREATE TABLE identity (key TEXT PRIMARY KEY, value TEXT NOT NULL, hash TEXT NOT NULL)"},
    {"notes", "CREATE TABLE notes (key TEXT PRIMARY KEY, value REAL NOT NULL, hash TEXT NOT NULL)"},
    {"evaluations",
     "CREATE TABLE evaluations (id INTEGER PRIMARY KEY, genes TEXT NOT NULL, step INTEGER NOT NULL, "
     "fidelity TEXT NOT NULL, failure TEXT NOT NULL, lost INTEGER NOT NULL, provenance TEXT NOT NULL, "
     "hash TEXT NOT NULL, UNIQUE (genes, step))"},
    {"figures",
     "CREATE TABLE figures (evaluation INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE, "
     "name TEXT NOT NULL, value REAL NOT NULL, error REAL NOT NULL, PRIMARY KEY (evaluation, name))"},
    {"pruned",
     "CREATE TABLE pruned (round INTEGER NOT NULL, genes TEXT NOT NULL, reason TEXT NOT NULL, "
     "hash TEXT NOT NULL, PRIMARY KEY (round, genes))"},
    {"sets", "CREATE TABLE sets (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, hash TEXT NOT NULL)"},
}};

/// False when the text is not what genes_text() writes.
bool read_genes(const std::string& text, std::vector<int>& genes) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    int gene = 0;
    const auto [next, error] = std::from_chars(at, end, gene);
    if (error != std::errc{}) return false;
    genes.push_back(gene);
    at = next == end || *next != ' ' ? next : next + 1;
  }
  return genes_text(genes) == text;
}

long long pragma(const Database& database, const std::string& name) {
  Statement statement(database, "PRAGMA " + name);
  return statement.step() ? statement.integer(0) : 0;
}

/// A table that is missing, or that says something else of its columns, is damage that no row shows.
void check_tables(const Database& database) {
  std::map<std::string, std::string> found;
  Statement tables(database, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL");
  while (tables.step()) found[tables.text(0)] = tables.text(1);
  for (const auto& [name, sql] : kTables)
    if (found[name] != sql) throw database.damaged(fmt::format("table '{}' is not as it was made", name));
  if (found.size() != kTables.size()) throw database.damaged("it has tables that are not ours");
}

/// An evaluation as the file has it, with the row it stands in.
struct Stored {
  Evaluation evaluation;
  std::string provenance, hash;
};

class Reader {
 public:
  explicit Reader(const Database& from) : database_(from) {}

  void read() {
    read_identity();
    read_evaluations();
    Statement reasons(database_, "SELECT round, genes, reason, hash FROM pruned");
    while (reasons.step()) {
      const int round = static_cast<int>(reasons.integer(0));
      const auto genes = genes_of(reasons.text(1));
      contents.pruned[{round, genes}] = reasons.text(2);
      take("pruned", fmt::format("what ruled out {} in round {}", reasons.text(1), round), reasons.text(3),
           hash_of_pruned(round, genes, reasons.text(2)));
    }
    Statement entries(database_, "SELECT key, value, hash FROM notes");
    while (entries.step()) {
      contents.notes[entries.text(0)] = entries.real(1);
      take("notes", "note '" + entries.text(0) + "'", entries.text(2),
           hash_of_entry(entries.text(0), entries.real(1)));
    }
    check_sets();
  }

  Contents contents;

 private:
  /// Counts a row among those of its table.
  void take(const std::string& table, const std::string& row, const std::string& stored_hash,
            const std::string& hash) {
    if (hash != stored_hash) throw database_.damaged(row + " is not as it was written");
    contents.sets[table].add(hash);
  }

  std::vector<int> genes_of(const std::string& text) const {
    std::vector<int> genes;
    if (!read_genes(text, genes)) throw database_.damaged("'" + text + "' are no genes");
    return genes;
  }

  void read_identity() {
    Statement rows(database_, "SELECT key, value, hash FROM identity ORDER BY rowid");
    while (rows.step()) {
      contents.identity.emplace_back(rows.text(0), rows.text(1));
      take("identity", "setting '" + rows.text(0) + "'", rows.text(2),
           hash_of_entry(rows.text(0), rows.text(1)));
    }
  }

  std::map<long long, Stored> stored_evaluations() {
    std::map<long long, Stored> all;
    Statement rows(database_,
                   "SELECT id, genes, step, fidelity, failure, lost, provenance, hash FROM evaluations");
    while (rows.step()) {
      Stored& stored = all[rows.integer(0)];
      Evaluation& e = stored.evaluation;
      e.genes = genes_of(rows.text(1));
      e.step = static_cast<int>(rows.integer(2));
      e.fidelity = rows.text(3);
      e.failure = rows.text(4);
      e.lost = rows.integer(5) != 0;
      stored.provenance = rows.text(6);
      stored.hash = rows.text(7);
    }
    Statement figures(database_, "SELECT evaluation, name, value, error FROM figures");
    while (figures.step()) {
      const auto owner = all.find(figures.integer(0));
      if (owner == all.end()) throw database_.damaged("figure '" + figures.text(1) + "' belongs to nothing");
      owner->second.evaluation.figures[figures.text(1)] = {figures.real(2), figures.real(3)};
    }
    return all;
  }

  void read_evaluations() {
    for (auto& [id, stored] : stored_evaluations()) {
      Evaluation& e = stored.evaluation;
      take("evaluations", fmt::format("evaluation {} (genes {}, step {})", id, genes_text(e.genes), e.step),
           stored.hash, hash_of(e, stored.provenance));
      const Key key{e.genes, e.step};
      if (e.lost) {
        contents.lost_before[key] = {id, stored.hash};
        continue;
      }
      contents.provenances[key] = stored.provenance;
      contents.evaluations[key] = std::move(e);
    }
  }

  void check_sets() {
    Sets found = contents.sets;
    Statement rows(database_, "SELECT name, rows, hash FROM sets");
    while (rows.step()) {
      const SetHash set = found[rows.text(0)];
      if (set.rows() != rows.integer(1))
        throw database_.damaged(fmt::format("table '{}' has {} rows; {} were written", rows.text(0),
                                            set.rows(), rows.integer(1)));
      if (set.hex() != rows.text(2))
        throw database_.damaged(fmt::format("table '{}' has other rows than were written", rows.text(0)));
      found.erase(rows.text(0));
    }
    for (const auto& [name, set] : found)
      if (set.rows() != 0) throw database_.damaged(fmt::format("nothing is known of table '{}'", name));
  }

  const Database& database_;
};

}  // namespace

std::string genes_text(const std::vector<int>& genes) {
  std::string text;
  for (const int gene : genes) text += (text.empty() ? "" : " ") + std::to_string(gene);
  return text;
}

std::string hash_of(const Evaluation& e, const std::string& provenance) {
  RowHash row;
  row.add(genes_text(e.genes)).add(static_cast<long long>(e.step)).add(e.fidelity).add(e.failure);
  row.add(static_cast<long long>(e.lost)).add(provenance);
  for (const auto& [name, figure] : e.figures) row.add(name).add(figure.value).add(figure.error);
  return row.hex();
}

std::string hash_of_pruned(int round, const std::vector<int>& genes, const std::string& reason) {
  return RowHash().add(static_cast<long long>(round)).add(genes_text(genes)).add(reason).hex();
}

bool holds_nothing(const Database& database) {
  Statement count(database, "SELECT count(*) FROM sqlite_master");
  count.step();
  return count.integer(0) == 0 && pragma(database, "application_id") == 0;
}

void make_tables(Database& database) {
  database.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplication, kSchema));
  for (const auto& [name, sql] : kTables) database.run(sql);
}

void check_file(const Database& database) {
  if (pragma(database, "application_id") != kApplication)
    throw common::InputError("'" + database.path() + "' is a database, but no archive of evaluations");
  const long long schema = pragma(database, "user_version");
  if (schema == 1)
    throw common::InputError(
        "'" + database.path() +
        "' was written by an earlier PhaseCore, whose archives hold nothing by which damage "
        "could be found; go on with that version, or begin anew in another directory");
  if (schema != kSchema)
    throw common::InputError(fmt::format("'{}' has the archive's version {}; this program reads {}",
                                         database.path(), schema, kSchema));
  Statement check(database, "PRAGMA integrity_check(1)");
  check.step();
  if (check.text(0) != "ok") throw database.damaged(check.text(0));
  check_tables(database);
}

Contents read_contents(const Database& database) {
  Reader reader(database);
  reader.read();
  return std::move(reader.contents);
}

}  // namespace phasecore::archive
