//===- StopMatcher.h - Ends an answer at a stop string ----------*- C++ -*-===//
//
// A stop string may come in several pieces of text. The matcher holds back the
// end of the text as long as it could be the start of one.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_STOPMATCHER_H
#define G4_RUNTIME_TEXT_STOPMATCHER_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Cuts a text, which comes in pieces, where a stop string starts. Of several
/// the one that is complete first counts, of those the longest; so the cut does
/// not depend on the pieces. Copyable.
class StopMatcher {
public:
  static constexpr size_t kMaxStops = 4;
  static constexpr size_t kMaxStopBytes = 256;

  /// Errors: InvalidArgument if there are more than kMaxStops, or one is empty,
  /// longer than kMaxStopBytes or not UTF-8.
  static Result<StopMatcher> create(const std::vector<std::string> &stops);

  /// Goes on with `text`, valid UTF-8; appends to `out` what is certain to
  /// stand before any stop string. True once a stop string is complete; all
  /// that comes later is dropped. Linear in `text`.
  bool append(std::string_view text, std::string &out);
  /// The text has ended: appends what was held back.
  void finish(std::string &out);

  bool hasStopped() const { return hasStopped_; }

private:
  /// A stop string and how much of it the text so far ends with.
  struct Stop {
    std::string text;
    /// [i]: of the first i + 1 bytes, the longest proper start that they end
    /// with (Knuth, Morris, Pratt).
    std::vector<uint16_t> fallback;
    size_t matched = 0;

    void advance(char byte);
  };

  size_t advance(char byte);
  void release(size_t numKept, std::string &out);

  std::vector<Stop> stops_;
  std::string held_;
  bool hasStopped_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_STOPMATCHER_H
