//===- GrammarCompiler.h - Grammars over a vocabulary -----------*- C++ -*-===//
//
// The one door to the grammar library (xgrammar). A grammar is text, in its
// notation; compiled for a vocabulary it says which tokens may come next.
// Without the library (-DG4_GRAMMAR=OFF) every function says so.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_GRAMMAR_GRAMMARCOMPILER_H
#define G4_RUNTIME_GRAMMAR_GRAMMARCOMPILER_H

#include "runtime/base/Status.h"
#include "runtime/grammar/TokenIndex.h"
#include "runtime/sample/TokenMask.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace g4rt {

/// Whether this build has the library.
bool hasGrammars();

/// Success if `grammar` can be read; no vocabulary is needed. Errors:
/// InvalidArgument with what is wrong; Unimplemented without the library.
Status checkGrammar(const std::string &grammar);

/// Opaque; immutable.
class CompiledGrammar;

/// Compiles and keeps what it compiled, up to some size. Any thread.
class GrammarCompiler {
public:
  /// Borrows the tokenizer. Nothing is done before the first compile.
  explicit GrammarCompiler(const Tokenizer &tokenizer);
  ~GrammarCompiler();
  GrammarCompiler(const GrammarCompiler &) = delete;
  GrammarCompiler &operator=(const GrammarCompiler &) = delete;

  /// Errors: those of checkGrammar.
  Result<std::shared_ptr<const CompiledGrammar>>
  compile(const std::string &grammar);

  /// Of the vocabulary; empty without the library.
  const TokenIndex &tokens();

private:
  struct Library;
  Library &library();

  const Tokenizer &tokenizer_;
  std::mutex mutex_; // guards library_
  std::unique_ptr<Library> library_;
};

/// Where one text is in its grammar. Of one thread.
class GrammarMatcher {
public:
  explicit GrammarMatcher(std::shared_ptr<const CompiledGrammar> grammar);
  ~GrammarMatcher();
  GrammarMatcher(GrammarMatcher &&) noexcept;
  GrammarMatcher &operator=(GrammarMatcher &&) noexcept;

  /// Goes on with a token; false, and nothing happens, if it cannot come here.
  bool accept(int32_t id);
  /// Whether the text may end here.
  bool isComplete() const;
  /// Makes `mask`, of the vocabulary's size, the tokens that may come next.
  void fill(TokenMask &mask);

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_GRAMMARCOMPILER_H
