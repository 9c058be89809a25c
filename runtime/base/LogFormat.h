//===- LogFormat.h - How log lines are written ------------------*- C++ -*-===//

#ifndef G4_RUNTIME_BASE_LOGFORMAT_H
#define G4_RUNTIME_BASE_LOGFORMAT_H

#include "runtime/base/Log.h"

#include <chrono>
#include <string>
#include <string_view>

namespace g4rt {

enum class LogFormat {
  Text, // info engine ready model=tiny
  Json  // {"time":...,"level":"info","component":"engine",...,"model":"tiny"}
};

/// Text at start. Thread-safe.
void setLogFormat(LogFormat format);

/// A line of the format Json, without the newline: an object of strings, `time`
/// in UTC to the millisecond, values as printable as in the format Text.
std::string formatJsonLogLine(std::chrono::system_clock::time_point time,
                              LogLevel level, std::string_view component,
                              std::string_view event,
                              std::initializer_list<LogField> fields);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_LOGFORMAT_H
