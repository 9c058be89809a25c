//===- CallMatcher.h - Where a call of one of many tools is -----*- C++ -*-===//
//
// A request may declare 128 tools and call one. The name of a call is followed
// here, and a tool's grammar is compiled only once the call has come to it: so
// the first request of many tools costs no more than that of one, and a tool
// that other requests have, too, is compiled once for all of them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_GRAMMAR_CALLMATCHER_H
#define G4_RUNTIME_GRAMMAR_CALLMATCHER_H

#include "runtime/grammar/AnswerRules.h"
#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/grammar/TokenIndex.h"
#include "runtime/sample/TokenMask.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Of one thread. Takes what one grammar of all tools as alternatives would; a
/// tool whose grammar cannot be compiled is none of them.
class CallMatcher {
public:
  using Tools = std::vector<ToolRule>;

  /// Borrows the compiler. `tools` are sorted by their begins.
  CallMatcher(std::shared_ptr<const Tools> tools, GrammarCompiler &compiler);

  /// Makes `mask`, of the vocabulary's size, the tokens that may come next;
  /// before each accept() and isComplete().
  void fill(TokenMask &mask);
  /// Goes on with a token that was allowed.
  void accept(int32_t id);
  bool isComplete() const;

private:
  using Names = std::span<const ToolRule *const>;

  std::string_view restOf(const ToolRule &tool) const {
    return std::string_view(tool.begin).substr(numTaken_);
  }
  void open(const ToolRule &tool);
  void follow(Names names, const TokenIndex::Range &range, TokenMask &mask);

  std::shared_ptr<const Tools> tools_;
  GrammarCompiler *compiler_;
  std::vector<int32_t> ids_;            // of the call, until all names are over
  size_t numTaken_ = 0;                 // bytes of them
  std::vector<const ToolRule *> named_; // within their names, sorted
  std::vector<const ToolRule *> reached_; // of these, to be opened
  std::vector<GrammarMatcher> open_;
};

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_CALLMATCHER_H
