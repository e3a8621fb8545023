// A browser without a window, as a user's: headless Chromium, driven through its own protocol over two pipes.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/support.hpp"

namespace phasecore::test {

class Browser {
 public:
  /// Throws std::runtime_error where there is no Chromium: `scripts/setup.sh test` installs it.
  Browser();
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  /// Shows a file and waits until its scripts have drawn it.
  void open(const std::string& file, int width, int height, const std::string& colour_scheme = "light");
  /// The value of a JavaScript expression; one that throws fails the test.
  nlohmann::json value(const std::string& expression);
  /// A real click in the middle of the element, which is scrolled to.
  void click(const std::string& selector);
  /// The press and release of a key: "Enter", "ArrowRight".
  void press(const std::string& key);
  /// PNG of the window.
  std::string picture();
  /// Number of pages on paper.
  int pages_on_paper();

  /// Addresses that pages asked for, errors and messages of the console, of all that was opened.
  const std::vector<std::string>& requests() const { return requests_; }
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  nlohmann::json call(const std::string& method, const nlohmann::json& parameters = nlohmann::json::object());
  nlohmann::json next_message();
  void note(const nlohmann::json& event);

  TempDirectory profile_;
  pid_t process_ = -1;
  int to_ = -1, from_ = -1, calls_ = 0;
  std::string session_, unread_;
  std::vector<std::string> requests_, complaints_;
};

}  // namespace phasecore::test
