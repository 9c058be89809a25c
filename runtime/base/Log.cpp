//===- Log.cpp - One line an event, on stderr -----------------------------===//

#include "runtime/base/Log.h"

#include <atomic>
#include <unistd.h>

namespace g4rt {

static std::atomic<LogLevel> threshold{LogLevel::Info};

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
    line += value;
    return;
  }
  constexpr char kHex[] = "0123456789abcdef";
  line += '"';
  for (unsigned char c : value) {
    if (c == '"' || c == '\\')
      (line += '\\') += static_cast<char>(c);
    else if (c < ' ' || c == 0x7f)
      ((line += "\\x") += kHex[c >> 4]) += kHex[c & 15];
    else
      line += static_cast<char>(c);
  }
  line += '"';
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

void logEvent(LogLevel level, std::string_view component,
              std::string_view event, std::initializer_list<LogField> fields) {
  if (level < threshold.load(std::memory_order_relaxed))
    return;
  std::string line = formatLogLine(level, component, event, fields) + "\n";
  // A log that cannot be written has nowhere to be reported.
  [[maybe_unused]] ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace g4rt
