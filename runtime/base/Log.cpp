//===- Log.cpp - One line an event, on stderr -----------------------------===//

#include "runtime/base/Log.h"

#include "runtime/base/Printable.h"
#include "runtime/base/TryWrite.h"

#include <atomic>
#include <mutex>
#include <unistd.h>

namespace g4rt {

static std::atomic<LogLevel> threshold{LogLevel::Info};

/// So that a line of some values is one write to a pipe.
constexpr size_t kMaxValueBytes = 1024;

void setLogLevel(LogLevel level) { threshold = level; }

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

private:
  std::string droppedLine() const {
    return formatLogLine(LogLevel::Warning, "log", "dropped",
                         {{"lines", std::to_string(numDropped_)}}) +
           "\n";
  }

  std::mutex mutex_;
  const int file_ = openForTrying(STDERR_FILENO);
  uint64_t numDropped_ = 0;
};
} // namespace

void logEvent(LogLevel level, std::string_view component,
              std::string_view event, std::initializer_list<LogField> fields) {
  if (level < threshold.load(std::memory_order_relaxed))
    return;
  static LogFile file;
  file.write(formatLogLine(level, component, event, fields) + "\n");
}

} // namespace g4rt
