//===- TryWrite.h - Writing that waits for nobody ---------------*- C++ -*-===//

#ifndef G4_RUNTIME_BASE_TRYWRITE_H
#define G4_RUNTIME_BASE_TRYWRITE_H

#include <string_view>

namespace g4rt {

/// Writes `text` to a file, pipe, socket or terminal if it takes it all now;
/// false if it does not, and then nothing of it, or the first part of a text
/// longer than PIPE_BUF (4,096 bytes), was written. Of two processes that write
/// to one pipe each must call this on a descriptor that nobody else has open
/// (openForTrying), or one of them may wait for the other's reader. Needs
/// SIGPIPE ignored, or the reader's end is this process's. May be called in a
/// signal handler.
bool tryWrite(int file, std::string_view text);

/// A descriptor of what `file` writes to, which never blocks; `file` itself
/// where that cannot be had. Regular files do not need it: they are waited for
/// no longer than the disk takes.
int openForTrying(int file);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_TRYWRITE_H
