//===- SessionIndex.h - Which file has which page of a prefix ---*- C++ -*-===//
//
// A tree as that of PrefixCache: a node is a page's tokens after those of its
// parents, and knows the newest file that has its keys and values. Tokens are
// compared, not hashes of them, and each salt has a tree of its own.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_SESSION_SESSIONINDEX_H
#define G4_RUNTIME_ENGINE_SESSION_SESSIONINDEX_H

#include "runtime/engine/session/SessionFile.h"
#include "runtime/kv/StepLimits.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// Names a file of one store.
enum class SessionFileId : uint64_t {};

/// What files have of a sequence's tokens.
struct StoredPages {
  /// It can go on after so many.
  int64_t numTokens = 0;
  /// The file of each page of these tokens.
  std::vector<SessionFileId> pages = {};
  /// The file of each window page that a row at numTokens sees.
  int64_t firstWindowPage = 0;
  std::vector<SessionFileId> windowPages = {};
};

/// Not thread-safe.
class SessionIndex {
public:
  /// Of limits pageSize and window count.
  explicit SessionIndex(const StepLimits &limits);
  ~SessionIndex();

  void add(SessionFileId file, const SessionHead &head);
  void remove(SessionFileId file);

  /// The longest prefix of `tokens`, of at most `maxTokens`, after which a
  /// sequence can go on.
  StoredPages find(const std::string &salt, std::span<const int32_t> tokens,
                   int64_t maxTokens) const;

private:
  struct Node;

  const Node *childFor(const Node &parent,
                       std::span<const int32_t> tokens) const;
  int64_t usableTokens(const std::vector<const Node *> &path,
                       int64_t numTokens) const;
  void prune(Node *node);

  StepLimits limits_;
  std::map<std::string, std::unique_ptr<Node>> roots_; // by salt
  std::map<SessionFileId, std::vector<Node *>> nodes_; // that a file has
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_SESSION_SESSIONINDEX_H
