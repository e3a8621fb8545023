// phasecore report: the page of a result directory made anew, or several results side by side.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>

#include "app/command.hpp"
#include "common/diagnostics.hpp"
#include "common/files.hpp"
#include "common/text.hpp"
#include "sim/report/page.hpp"

namespace phasecore::app {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

/// Files below the directory that its page links to.
std::vector<std::string> linked_files(const fs::path& directory) {
  std::vector<std::string> files;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(directory, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const std::string name = it->path().lexically_relative(directory).string();
    if (report::is_linked(name)) files.push_back(name);
  }
  if (error) throw common::EnvironmentError("cannot read '" + directory.string() + "': " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

report::PageResult read_result(const fs::path& directory) {
  std::error_code none;
  if (!fs::is_directory(directory, none))
    throw common::InputError(
        "'" + directory.string() +
        "' is no directory; expected is what simulate, search or sweep wrote with --out");
  report::PageResult result;
  result.report = common::read_file((directory / "report.json").string());
  for (const char* table : {"candidates.csv", "hypervolume.csv"})
    if (fs::exists(directory / table, none))
      result.tables[table] = common::read_file((directory / table).string());
  return result;
}

void write_page(const fs::path& file, const std::vector<report::PageResult>& results) {
  common::write_file_atomically(file.string(), report::html_page(results));
}

/// All of them; throws InputError with what is wrong with each.
std::vector<report::PageResult> read_results(const std::vector<std::string>& directories) {
  std::vector<report::PageResult> results;
  common::Diagnostics problems;
  for (const auto& directory : directories) {
    try {
      results.push_back(read_result(directory));
      (void)report::html_page({results.back()});  // says what is no report
    } catch (const common::InputError& error) {
      const common::InputError placed = common::placed_at({directory}, error);
      for (const common::Diagnostic& problem : placed.diagnostics()) problems.add(problem);
    }
  }
  problems.raise_if_any();
  return results;
}

/// A page must not take the place of what it shows, or of anything beside it.
void check_outside(const std::string& page, const std::vector<std::string>& directories) {
  const fs::path folder = fs::absolute(page).parent_path();
  std::error_code none;
  for (const auto& directory : directories)
    if (fs::equivalent(folder, directory, none) && fs::path(page).filename() != "comparison.html" &&
        fs::exists(page, none))
      throw common::InputError("--out " + page + " would replace a file of the result '" + directory + "'");
}

/// The page of a search's knee, then that of the directory itself.
void rebuild(const fs::path& directory) try {
  report::PageResult result = read_result(directory);
  std::error_code none;
  if (fs::exists(directory / "knee" / "report.json", none))
    write_page(directory / "knee" / "report.html", {read_result(directory / "knee")});
  result.files = linked_files(directory);
  write_page(directory / "report.html", {result});
} catch (const common::InputError& error) {
  throw common::placed_at({directory.string()}, error);
}

/// Directories by their last names; those that have the same one by the whole path.
void name_results(std::vector<report::PageResult>& results, const std::vector<std::string>& directories) {
  std::map<std::string, int> uses;
  const auto last_name = [](const std::string& directory) {
    return (fs::path(directory) / ".").lexically_normal().parent_path().filename().string();
  };
  for (const auto& directory : directories) ++uses[last_name(directory)];
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string name = last_name(directories[i]);
    results[i].name = uses[name] > 1 || name.empty() ? directories[i] : name;
  }
}

void lay_side_by_side(const std::vector<std::string>& directories, const std::string& page) {
  if (page.empty()) throw common::InputError("--out needs a file name");
  check_outside(page, directories);
  common::check_writable(page);
  const fs::path folder = fs::absolute(page).parent_path();
  std::vector<report::PageResult> results = read_results(directories);
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::error_code error;
    const fs::path from_page = fs::relative(directories[i], folder, error);
    results[i].path = error ? fs::absolute(directories[i]).string() : from_page.string();
  }
  name_results(results, directories);
  write_page(page, results);
}

}  // namespace

int run_report(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("directories", po::value<std::vector<std::string>>(),
                        "what simulate, search or sweep wrote with --out")(
      "out", po::value<std::string>(),
      "page of several results (default comparison.html); that of one is report.html in its directory");
  po::positional_options_description positional;
  positional.add("directories", -1);
  po::variables_map values;
  if (parse(command("report"), arguments, options, positional, values)) return 0;
  if (values.count("directories") == 0)
    throw common::InputError("usage: phasecore report DIR... [--out FILE.html]");
  const auto directories = values["directories"].as<std::vector<std::string>>();
  if (directories.size() == 1 && values.count("out"))
    throw common::InputError(
        "--out names the page of several results; that of one is report.html in its directory");
  std::string page = (fs::path(directories[0]) / "report.html").string();
  if (directories.size() == 1) {
    rebuild(directories[0]);
  } else {
    page = values.count("out") ? values["out"].as<std::string>() : "comparison.html";
    lay_side_by_side(directories, page);
  }
  std::cout << "Written: " << common::printable(page) << "\n";
  return 0;
}

}  // namespace phasecore::app
