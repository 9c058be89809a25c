//===- StopMatcher.h - Ends an answer at a stop string ----------*- C++ -*-===//
//
// A stop string may come in several pieces of text. The matcher holds back the
// end of the text as long as it could be the start of one.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_ANSWER_STOPMATCHER_H
#define G4_RUNTIME_TEXT_ANSWER_STOPMATCHER_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Cuts a text, which comes in pieces, where a stop string starts. Of several
/// the one that is complete first counts, of those the longest; so the cut does
/// not depend on the pieces. Copyable.
///
/// All strings are sought at once (Aho and Corasick, "Efficient string
/// matching", 1975): the cost of a byte does not depend on their number.
class StopMatcher {
public:
  /// Of all stop strings together.
  static constexpr size_t kMaxBytes = 16384;

  /// Errors: InvalidArgument if they have more than kMaxBytes together, or one
  /// is empty or not UTF-8.
  static Result<StopMatcher> create(const std::vector<std::string> &stops);

  /// Goes on with `text`, valid UTF-8; appends to `out` what is certain to
  /// stand before any stop string. True once a stop string is complete; all
  /// that comes later is dropped. Linear in `text`.
  bool append(std::string_view text, std::string &out);
  /// No stop string goes on from here: appends what was held back.
  void flush(std::string &out);

  bool hasStopped() const { return hasStopped_; }
  /// The stop string that ended the text; empty if none has.
  const std::string &stop() const { return stop_; }

private:
  /// The start of a stop string, which the text so far ends with: the longest
  /// of all such starts.
  struct State {
    std::map<char, uint32_t> next = {};
    uint32_t fallback = 0; // the state of its longest proper end
    uint32_t size = 0;     // bytes of it
    uint32_t stopSize = 0; // of the longest stop string that it ends with
  };

  void add(std::string_view stop);
  void linkFallbacks();
  uint32_t after(uint32_t state, char byte) const;
  void release(size_t numKept, std::string &out);

  std::vector<State> states_ = {State()};
  uint32_t state_ = 0;
  std::string held_;
  bool hasStopped_ = false;
  std::string stop_;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_ANSWER_STOPMATCHER_H
