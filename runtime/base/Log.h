//===- Log.h - One line an event, on stderr or in a file --------*- C++ -*-===//
//
//   info engine ready model=tiny seconds=0.043
//
// Level, component, event, then key=value pairs. Values are escaped and
// cut (Printable.h), so that a log line is one line and cannot move the
// terminal's cursor. Never the text of
// a prompt or an answer; nothing per token at info.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_LOG_H
#define G4_RUNTIME_BASE_LOG_H

#include "runtime/base/Status.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace g4rt {

enum class LogLevel { Debug, Info, Warning, Error };

/// Events below `level` are dropped. Info at start. Thread-safe.
void setLogLevel(LogLevel level);

/// Lines go to the end of the file `path` from here on, in place of stderr; it
/// is made if it is not there. Thread-safe, but to be called once. Errors:
/// InvalidArgument if it cannot be written; nothing has changed then.
Status setLogFile(const std::string &path);
/// Opens the file of setLogFile by its name again: the old one may have another
/// name by now. Thread-safe. Errors: those of setLogFile; lines go on to the
/// old one then.
Status reopenLogFile();
/// Where lines go: a descriptor for who may take no lock, as in a handler of a
/// signal.
int logDescriptor();

using LogField = std::pair<std::string_view, std::string>;

/// Writes one line with one write call, if it is taken at once: who
/// reads the log slowly, or not at all, holds up nobody. Lines that were not
/// taken are counted in a later one, `warning log dropped lines=3`. SIGPIPE has
/// to be ignored. Thread-safe.
void logEvent(LogLevel level, std::string_view component,
              std::string_view event,
              std::initializer_list<LogField> fields = {});

/// The line that logEvent writes, without the newline.
std::string formatLogLine(LogLevel level, std::string_view component,
                          std::string_view event,
                          std::initializer_list<LogField> fields);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_LOG_H
