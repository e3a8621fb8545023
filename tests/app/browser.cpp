#include "tests/app/browser.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace phasecore::test {
namespace {

using nlohmann::json;

constexpr int kPatienceMs = 120'000;  // on a machine that builds and tests with all it has

/// The bytes that base64 stands for.
std::string decoded(const std::string& text) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string::npos) break;
    bits = bits << 6 | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  return bytes;
}

/// In the child: the browser reads commands from descriptor 3 and writes answers to 4.
[[noreturn]] void become_browser(int commands, int answers, const std::string& profile) {
  ::setpgid(0, 0);  // its helpers end with it
  const int in = ::fcntl(commands, F_DUPFD, 10), out = ::fcntl(answers, F_DUPFD, 10);
  ::dup2(in, 3);
  ::dup2(out, 4);
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (const int standard : {0, 1, 2}) ::dup2(nowhere, standard);
  const std::string data = "--user-data-dir=" + profile;
  ::execlp("chromium", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
           "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
           "--hide-scrollbars", "--remote-debugging-pipe", data.c_str(), "about:blank", nullptr);
  ::_exit(127);
}

}  // namespace

Browser::Browser() {
  ::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> commands{}, answers{};
  if (::pipe2(commands.data(), O_CLOEXEC) != 0 || ::pipe2(answers.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  process_ = ::fork();
  if (process_ == 0) become_browser(commands[0], answers[1], profile_.path());
  ::close(commands[0]);
  ::close(answers[1]);
  to_ = commands[1];
  from_ = answers[0];
  const std::string target = call("Target.createTarget", {{"url", "about:blank"}})["targetId"];
  session_ = call("Target.attachToTarget", {{"targetId", target}, {"flatten", true}})["sessionId"];
  for (const char* part : {"Page.enable", "Runtime.enable", "Log.enable", "Network.enable"}) call(part);
}

Browser::~Browser() {
  ::close(to_);
  ::close(from_);
  if (process_ > 0) {
    ::kill(-process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
}

json Browser::next_message() {
  for (;;) {
    const std::size_t end = unread_.find('\0');
    if (end != std::string::npos) {
      const std::string text = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return json::parse(text);
    }
    pollfd waiting{from_, POLLIN, 0};
    if (::poll(&waiting, 1, kPatienceMs) <= 0) throw std::runtime_error("the browser says nothing");
    std::array<char, 65536> bytes{};
    const ssize_t got = ::read(from_, bytes.data(), bytes.size());
    if (got <= 0)
      throw std::runtime_error("the browser ended; is Chromium installed? scripts/setup.sh test installs it");
    unread_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

void Browser::note(const json& event) {
  const std::string method = event.value("method", "");
  if (method == "Network.requestWillBeSent") requests_.push_back(event["params"]["request"]["url"]);
  if (method == "Runtime.exceptionThrown" || method == "Runtime.consoleAPICalled" ||
      method == "Log.entryAdded")
    complaints_.push_back(event["params"].dump());
}

json Browser::call(const std::string& method, const json& parameters) {
  json message = {{"id", ++calls_}, {"method", method}, {"params", parameters}};
  if (!session_.empty()) message["sessionId"] = session_;
  const std::string text = message.dump() + '\0';
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t now = ::write(to_, text.data() + sent, text.size() - sent);
    if (now <= 0)
      throw std::runtime_error("the browser ended; is Chromium installed? scripts/setup.sh test installs it");
    sent += static_cast<std::size_t>(now);
  }
  for (;;) {
    const json answer = next_message();
    if (!answer.contains("id")) note(answer);
    if (answer.value("id", 0) != calls_) continue;
    if (answer.contains("error")) throw std::runtime_error(method + ": " + answer["error"].dump());
    return answer["result"];
  }
}

void Browser::open(const std::string& file, int width, int height, const std::string& colour_scheme) {
  call("Emulation.setDeviceMetricsOverride",
       {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", false}});
  call("Emulation.setEmulatedMedia",
       {{"features", {{{"name", "prefers-color-scheme"}, {"value", colour_scheme}}}}});
  call("Page.navigate", {{"url", "file://" + file}});
  for (int tries = 0; tries < kPatienceMs / 100; ++tries) {
    if (value("document.documentElement?.dataset.ready ?? ''") == "true") return;
    ::usleep(100'000);
  }
  ADD_FAILURE() << file << " never says that it is ready";
}

json Browser::value(const std::string& expression) {
  const json answer = call("Runtime.evaluate", {{"expression", expression}, {"returnByValue", true}});
  EXPECT_FALSE(answer.contains("exceptionDetails")) << expression << ": " << answer.dump();
  return answer["result"].value("value", json());
}

void Browser::click(const std::string& selector) {
  const json at = value("(() => { const e = document.querySelector(" + json(selector).dump() +
                        "); e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); return "
                        "[r.x + r.width / 2, r.y + r.height / 2]; })()");
  for (const char* type : {"mouseMoved", "mousePressed", "mouseReleased"})
    call("Input.dispatchMouseEvent",
         {{"type", type}, {"x", at[0]}, {"y", at[1]}, {"button", "left"}, {"clickCount", 1}});
}

void Browser::press(const std::string& key) {
  for (const char* type : {"keyDown", "keyUp"})
    call("Input.dispatchKeyEvent", {{"type", type}, {"key", key}, {"code", key}});
}

std::string Browser::picture() {
  return decoded(call("Page.captureScreenshot", {{"format", "png"}})["data"]);
}

int Browser::pages_on_paper() {
  const std::string pdf = decoded(call("Page.printToPDF", {{"printBackground", true}})["data"]);
  int pages = 0;
  const std::string mark = "/Type /Page\n";
  for (std::size_t at = pdf.find(mark); at != std::string::npos; at = pdf.find(mark, at + 1)) ++pages;
  return pages;
}

}  // namespace phasecore::test
