// What an archive's file holds, and how it is known to be what was written. Inside nas/archive only.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nas/archive/archive.hpp"
#include "nas/archive/database.hpp"
#include "nas/archive/row_hash.hpp"

namespace phasecore::archive {

using Key = std::pair<std::vector<int>, int>;  ///< genes, step
/// One for each table whose rows have hashes.
using Sets = std::map<std::string, SetHash>;

struct Contents {
  Identity identity;
  std::map<Key, Evaluation> evaluations;
  std::map<Key, std::string> provenances;
  /// Row and hash of an evaluation that an earlier process lost.
  std::map<Key, std::pair<long long, std::string>> lost_before;
  std::map<std::pair<int, std::vector<int>>, std::string> pruned;
  std::map<std::string, double> notes;
  Sets sets;
};

/// Makes the tables of an empty file.
void make_tables(Database& database);
bool holds_nothing(const Database& database);
/// Throws InputError for a file that is not ours or of another version, EnvironmentError for one whose pages
/// or tables are not as they were made.
void check_file(const Database& database);
/// Throws EnvironmentError for the first row that is missing, or not as it was written.
Contents read_contents(const Database& database);

std::string genes_text(const std::vector<int>& genes);
std::string hash_of(const Evaluation& evaluation, const std::string& provenance);
std::string hash_of_pruned(int round, const std::vector<int>& genes, const std::string& reason);
/// Of an entry of `identity` (Value is std::string) or `notes` (double).
template <class Value>
std::string hash_of_entry(const std::string& key, const Value& value) {
  return RowHash().add(key).add(value).hex();
}

}  // namespace phasecore::archive
