//===- NoGrammarCompiler.cpp - A build without the grammar library --------===//

#include "runtime/grammar/GrammarCompiler.h"

namespace g4rt {

static Status missing() {
  return Status(StatusCode::Unimplemented,
                "grammar: this g4rt was built without the grammar library");
}

class CompiledGrammar {};
struct GrammarCompiler::Library {};
struct GrammarMatcher::State {};

bool hasGrammars() { return false; }

Status checkGrammar(const std::string &) { return missing(); }

GrammarCompiler::GrammarCompiler(const Tokenizer &tokenizer)
    : tokenizer_(tokenizer) {}
GrammarCompiler::~GrammarCompiler() = default;

Result<std::shared_ptr<const CompiledGrammar>>
GrammarCompiler::compile(const std::string &) {
  return missing();
}

const TokenIndex &GrammarCompiler::tokens() {
  static const TokenIndex none({});
  return none;
}

// Never used: there is no compiled grammar to make one of.
GrammarMatcher::GrammarMatcher(std::shared_ptr<const CompiledGrammar>) {}
GrammarMatcher::~GrammarMatcher() = default;
GrammarMatcher::GrammarMatcher(GrammarMatcher &&) noexcept = default;
GrammarMatcher &GrammarMatcher::operator=(GrammarMatcher &&) noexcept = default;
bool GrammarMatcher::accept(int32_t) { return false; }
bool GrammarMatcher::isComplete() const { return true; }
void GrammarMatcher::fill(TokenMask &mask) { mask.forbidAll(); }

} // namespace g4rt
