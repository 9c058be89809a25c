//===- Log.cpp - One line an event, on stderr or in a file ----------------===//

#include "runtime/base/Log.h"

#include "runtime/base/Json.h"
#include "runtime/base/LogFormat.h"
#include "runtime/base/Printable.h"
#include "runtime/base/TryWrite.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <mutex>
#include <unistd.h>

namespace g4rt {

static std::atomic<LogLevel> threshold{LogLevel::Info};
static std::atomic<LogFormat> lineFormat{LogFormat::Text};

/// So that a line of some values is one write to a pipe.
constexpr size_t kMaxValueBytes = 1024;

void setLogLevel(LogLevel level) { threshold = level; }
void setLogFormat(LogFormat format) { lineFormat = format; }

static std::string_view nameOf(LogLevel level) {
  switch (level) {
  case LogLevel::Debug:
    return "debug";
  case LogLevel::Info:
    return "info";
  case LogLevel::Warning:
    return "warning";
  case LogLevel::Error:
    return "error";
  }
  return "?";
}

static bool needsQuotes(std::string_view value) {
  for (unsigned char c : value)
    if (c <= ' ' || c == '"' || c == '=' || c == 0x7f)
      return true;
  return value.empty();
}

static void appendValue(std::string &line, std::string_view value) {
  if (!needsQuotes(value)) {
    line += printable(value, kMaxValueBytes);
    return;
  }
  std::string quoted;
  for (char c : value) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    quoted += c;
  }
  ((line += '"') += printable(quoted, kMaxValueBytes)) += '"';
}

std::string formatLogLine(LogLevel level, std::string_view component,
                          std::string_view event,
                          std::initializer_list<LogField> fields) {
  std::string line(nameOf(level));
  (line += ' ') += component;
  (line += ' ') += event;
  for (const auto &[key, value] : fields) {
    (line += ' ') += key;
    line += '=';
    appendValue(line, value);
  }
  return line;
}

/// "2026-11-30T09:05:00.250Z".
static std::string utcText(std::chrono::system_clock::time_point time) {
  auto millis =
      std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  std::time_t seconds = millis.count() / 1000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char date[32], text[48];
  std::strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text, sizeof(text), "%s.%03dZ", date,
                static_cast<int>(millis.count() % 1000));
  return text;
}

std::string formatJsonLogLine(std::chrono::system_clock::time_point time,
                              LogLevel level, std::string_view component,
                              std::string_view event,
                              std::initializer_list<LogField> fields) {
  json::object line{{"time", utcText(time)},
                    {"level", nameOf(level)},
                    {"component", component},
                    {"event", event}};
  for (const auto &[key, value] : fields)
    line[key] = printable(value, kMaxValueBytes);
  return json::serialize(line);
}

/// In the format that was set.
static std::string formatLine(LogLevel level, std::string_view component,
                              std::string_view event,
                              std::initializer_list<LogField> fields) {
  if (lineFormat.load(std::memory_order_relaxed) == LogFormat::Text)
    return formatLogLine(level, component, event, fields);
  return formatJsonLogLine(std::chrono::system_clock::now(), level, component,
                           event, fields);
}

namespace {
/// Where lines go. Nobody is waited for: a line that is not taken at once is
/// counted, and the count is the next line that is taken.
class LogFile {
public:
  void write(const std::string &line) {
    std::lock_guard lock(mutex_);
    if (numDropped_ > 0 && tryWrite(file_, droppedLine()))
      numDropped_ = 0;
    if (numDropped_ > 0 || !tryWrite(file_, line))
      ++numDropped_;
  }
  Status setPath(const std::string &path);
  Status reopen();
  int descriptor() const { return named_; }

private:
  std::string droppedLine() const {
    return formatLine(LogLevel::Warning, "log", "dropped",
                      {{"lines", std::to_string(numDropped_)}}) +
           "\n";
  }

  std::mutex mutex_;
  int file_ = openForTrying(STDERR_FILENO);
  std::string path_; // empty: stderr
  // What a handler of a signal uses: other than file_ only for stderr.
  std::atomic<int> named_{STDERR_FILENO};
  uint64_t numDropped_ = 0;
};
} // namespace

/// A reader of a pipe is not waited for.
static Result<int> openLog(const std::string &path) {
  int file = ::open(
      path.c_str(),
      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  if (file < 0)
    return Status(StatusCode::InvalidArgument,
                  "opening the log file " + path + ": " + std::strerror(errno));
  return file;
}

Status LogFile::setPath(const std::string &path) {
  std::lock_guard lock(mutex_);
  G4RT_ASSIGN(file_, openLog(path));
  path_ = path;
  named_ = file_;
  return Status();
}

// The number stays, so that no handler finds it closed.
Status LogFile::reopen() {
  std::lock_guard lock(mutex_);
  if (path_.empty())
    return Status();
  G4RT_ASSIGN(int file, openLog(path_));
  ::dup3(file, file_, O_CLOEXEC);
  ::close(file);
  return Status();
}

static LogFile &logFile() {
  static LogFile &file = *new LogFile; // threads may log while others exit
  return file;
}

Status setLogFile(const std::string &path) { return logFile().setPath(path); }
Status reopenLogFile() { return logFile().reopen(); }
int logDescriptor() { return logFile().descriptor(); }

void logEvent(LogLevel level, std::string_view component,
              std::string_view event, std::initializer_list<LogField> fields) {
  if (level < threshold.load(std::memory_order_relaxed))
    return;
  logFile().write(formatLine(level, component, event, fields) + "\n");
}

} // namespace g4rt
