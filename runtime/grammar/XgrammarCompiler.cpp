//===- XgrammarCompiler.cpp - Grammars over a vocabulary ------------------===//

#include "runtime/grammar/GrammarCompiler.h"

#include <exception>
#include <string_view>
#include <utility>
#include <vector>
#include <xgrammar/xgrammar.h>

namespace g4rt {

/// Of compiled grammars, which requests of other shapes replace.
constexpr int64_t kCacheBytes = int64_t{256} << 20;

class CompiledGrammar {
public:
  explicit CompiledGrammar(xgrammar::CompiledGrammar grammar)
      : grammar(std::move(grammar)) {}

  xgrammar::CompiledGrammar grammar;
};

// "[time] file.cc:line: what is wrong": the place in the library is nobody's.
static Status failed(const std::exception &error) {
  std::string_view what = error.what();
  size_t file = what.find(".cc:");
  size_t end = file == what.npos ? file : what.find(": ", file);
  if (end != what.npos)
    what.remove_prefix(end + 2);
  return Status(StatusCode::InvalidArgument, "grammar: " + std::string(what));
}

bool hasGrammars() { return true; }

// The library throws where it cannot go on.
Status checkGrammar(const std::string &grammar) {
  try {
    xgrammar::Grammar::FromEBNF(grammar);
    return Status();
  } catch (const std::exception &error) {
    return failed(error);
  }
}

//===----------------------------------------------------------------------===//
// Vocabulary
//===----------------------------------------------------------------------===//

// Marks such as <|tool_call> are tokens and no text, though a vocabulary may
// call some of them visible.
static bool isMark(TokenKind kind, std::string_view piece) {
  return kind == TokenKind::Special ||
         (kind == TokenKind::Added &&
          (piece.starts_with("<|") || piece.ends_with("|>")));
}

/// The text of a mark: a byte that no text has. A token without any text would
/// be one that the library never takes, not even where a rule names its id.
constexpr std::string_view kNoText = "\xff";

// What each token adds to a text.
static std::vector<std::string> textsOf(const Tokenizer &tokenizer) {
  const TokenizerTables &tables = tokenizer.tables();
  std::vector<std::string> texts(tables.numTokens());
  for (uint32_t id = 0; id < tables.numTokens(); ++id) {
    TokenKind kind = tables.kindOf(id);
    int32_t token = static_cast<int32_t>(id);
    if (kind == TokenKind::Byte)
      texts[id] = std::string(1, static_cast<char>(tables.byteOf(id)));
    else if (isMark(kind, tables.piece(id)))
      texts[id] = kNoText;
    else
      texts[id] = tokenizer.decode({&token, 1}, SpecialIds::Show);
  }
  return texts;
}

struct GrammarCompiler::Library {
  explicit Library(const Tokenizer &tokenizer)
      : compiler(xgrammar::TokenizerInfo(textsOf(tokenizer),
                                         xgrammar::VocabType::RAW, std::nullopt,
                                         std::vector<int32_t>()),
                 /*max_threads=*/1, /*cache_enabled=*/true, kCacheBytes,
                 /*enable_dynamic_compilation=*/true) {}

  xgrammar::GrammarCompiler compiler;
};

GrammarCompiler::GrammarCompiler(const Tokenizer &tokenizer)
    : tokenizer_(tokenizer) {}
GrammarCompiler::~GrammarCompiler() = default;

GrammarCompiler::Library &GrammarCompiler::library() {
  std::lock_guard lock(mutex_);
  if (!library_)
    library_ = std::make_unique<Library>(tokenizer_);
  return *library_;
}

Result<std::shared_ptr<const CompiledGrammar>>
GrammarCompiler::compile(const std::string &grammar) {
  try {
    return std::shared_ptr<const CompiledGrammar>(
        std::make_shared<CompiledGrammar>(
            library().compiler.CompileGrammar(grammar)));
  } catch (const std::exception &error) {
    return failed(error);
  }
}

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

struct GrammarMatcher::State {
  explicit State(std::shared_ptr<const CompiledGrammar> compiled)
      : grammar(std::move(compiled)), matcher(grammar->grammar) {}

  std::shared_ptr<const CompiledGrammar> grammar;
  xgrammar::GrammarMatcher matcher;
};

GrammarMatcher::GrammarMatcher(std::shared_ptr<const CompiledGrammar> grammar)
    : state_(std::make_unique<State>(std::move(grammar))) {}
GrammarMatcher::~GrammarMatcher() = default;
GrammarMatcher::GrammarMatcher(GrammarMatcher &&) noexcept = default;
GrammarMatcher &GrammarMatcher::operator=(GrammarMatcher &&) noexcept = default;

bool GrammarMatcher::accept(int32_t id) {
  return state_->matcher.AcceptToken(id);
}

bool GrammarMatcher::isComplete() const {
  return state_->matcher.IsCompleted();
}

void GrammarMatcher::fill(TokenMask &mask) {
  int64_t numWords = static_cast<int64_t>(mask.words().size());
  DLTensor tensor{.data = mask.words().data(),
                  .device = {kDLCPU, 0},
                  .ndim = 1,
                  .dtype = xgrammar::GetBitmaskDLType(),
                  .shape = &numWords,
                  .strides = nullptr,
                  .byte_offset = 0};
  if (!state_->matcher.FillNextTokenBitmask(&tensor))
    mask.allowAll();
}

} // namespace g4rt
