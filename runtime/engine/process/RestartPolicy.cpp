//===- RestartPolicy.cpp - When a lost engine starts again ----------------===//

#include "runtime/engine/process/RestartPolicy.h"

#include <algorithm>
#include <utility>

namespace g4rt {

std::optional<RestartPolicy::Milliseconds>
RestartPolicy::onLost(Time now, bool isFileWrong) {
  auto taken = std::chrono::duration_cast<Milliseconds>(now - startedAt_);
  if (std::exchange(hasServed_, false)) {
    numFailedStarts_ = numWrongFiles_ = 0;
    return std::max(kLeastTime - taken, Milliseconds(0));
  }
  if (isFileWrong) {
    ++numWrongFiles_;
    return std::clamp(kFileFactor * taken, kFileDelay, kLongestDelay);
  }
  if (++numFailedStarts_ >= kMaxFailedStarts)
    return std::nullopt;
  return std::min(kFirstDelay * (1 << (numFailedStarts_ - 1)), kLongestDelay);
}

} // namespace g4rt
