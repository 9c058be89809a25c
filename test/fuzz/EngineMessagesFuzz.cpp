// Any bytes as a message between a server and its engine: read in whole or
// refused, and what is read can be written again.

#include "runtime/engine/process/Messages.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

template <typename Message>
static void requireSameSize(const Result<Message> &message, size_t size) {
  if (!message)
    return;
  std::string frame;
  appendFrame(*message, frame);
  require(frame.size() == sizeof(uint32_t) + size, "no byte was skipped");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  requireSameSize(parseToEngine(textOf(data, size)), size);
  requireSameSize(parseFromEngine(textOf(data, size)), size);
  return 0;
}
