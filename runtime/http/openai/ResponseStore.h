//===- ResponseStore.h - Responses that requests go on from -----*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_RESPONSESTORE_H
#define G4_RUNTIME_HTTP_OPENAI_RESPONSESTORE_H

#include "runtime/http/MemoryPool.h"
#include "runtime/text/conversation/Conversation.h"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace g4rt {

/// A response and all that was said up to its end, but for the instructions.
struct StoredResponse {
  std::vector<Message> messages = {};
  std::string json = {}; // the response as it was given
};

/// About what a message takes of memory.
size_t heldBytes(const Message &message);

/// Keeps the responses that were used last: in memory alone, a sixteenth of
/// what the server holds for clients and 4,096 at most. Any thread.
class ResponseStore {
public:
  static constexpr size_t kMaxResponses = 4096;

  /// What is kept is counted in `memory`.
  explicit ResponseStore(MemoryPool &memory) : memory_(memory) {}

  /// Keeps the response, and drops old ones for it. One that is too large by
  /// itself is not kept.
  void put(const std::string &id, StoredResponse response);
  /// Null if it is not kept, or not any more.
  std::shared_ptr<const StoredResponse> find(const std::string &id);
  /// Whether it was there.
  bool erase(const std::string &id);

  size_t numBytes() const;

private:
  struct Entry {
    std::string id;
    std::shared_ptr<const StoredResponse> response;
    MemoryPool::Lease lease;
  };

  bool makeRoom(size_t numBytes, MemoryPool::Lease &lease);
  void dropOldest();

  MemoryPool &memory_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_; // the one used last in front
  std::unordered_map<std::string, std::list<Entry>::iterator> byId_;
  size_t numBytes_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_RESPONSESTORE_H
