//===- XgrammarCompiler.cpp - Grammars over a vocabulary ------------------===//

#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/grammar/MaskCache.h"

#include <algorithm>
#include <exception>
#include <list>
#include <string_view>
#include <utility>
#include <vector>
#include <xgrammar/xgrammar.h>

namespace g4rt {

/// Of compiled grammars, which requests of other shapes replace: those that the
/// library keeps rules of, and those that are kept whole here.
constexpr int64_t kRuleBytes = int64_t{128} << 20;
constexpr size_t kGrammarBytes = size_t{128} << 20;
constexpr size_t kMostGrammars = 256;
constexpr size_t kMaskBytes = size_t{64} << 20;

class CompiledGrammar {
public:
  CompiledGrammar(xgrammar::CompiledGrammar grammar, int32_t number,
                  std::shared_ptr<MaskCache> masks)
      : grammar(std::move(grammar)), number(number), masks(std::move(masks)) {}

  xgrammar::CompiledGrammar grammar;
  int32_t number; // in the keys of its masks
  std::shared_ptr<MaskCache> masks;
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

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

/// The library keeps parts of grammars, but no whole ones where masks are found
/// as they are needed and memory is bounded.
struct GrammarCompiler::Library {
  using Compiled = std::shared_ptr<const CompiledGrammar>;

  explicit Library(const std::vector<std::string> &texts)
      : tokens(texts),
        compiler(xgrammar::TokenizerInfo(texts, xgrammar::VocabType::RAW,
                                         std::nullopt, std::vector<int32_t>()),
                 /*max_threads=*/1, /*cache_enabled=*/true, kRuleBytes,
                 /*enable_dynamic_compilation=*/true) {}

  Compiled compile(const std::string &text);

  const TokenIndex tokens;

private:
  struct Kept {
    std::string text;
    Compiled grammar;
    size_t numBytes = 0; // when it was asked for last: it grows

    void weigh() {
      numBytes = text.size() + grammar->grammar.MemorySizeBytes();
    }
  };
  Compiled look(const std::string &text);
  Compiled keep(const std::string &text, xgrammar::CompiledGrammar grammar);
  void dropLast();

  xgrammar::GrammarCompiler compiler;
  std::shared_ptr<MaskCache> masks = std::make_shared<MaskCache>(kMaskBytes);
  std::mutex mutex;     // guards what follows
  std::list<Kept> kept; // the one that was asked for last is the first
  int32_t numCompiled = 0;
};

GrammarCompiler::Library::Compiled
GrammarCompiler::Library::compile(const std::string &text) {
  if (Compiled known = look(text))
    return known;
  return keep(text, compiler.CompileGrammar(text));
}

GrammarCompiler::Library::Compiled
GrammarCompiler::Library::look(const std::string &text) {
  std::lock_guard lock(mutex);
  auto known = std::ranges::find(kept, text, &Kept::text);
  if (known == kept.end())
    return nullptr;
  known->weigh();
  kept.splice(kept.begin(), kept, known);
  return known->grammar;
}

GrammarCompiler::Library::Compiled
GrammarCompiler::Library::keep(const std::string &text,
                               xgrammar::CompiledGrammar grammar) {
  std::lock_guard lock(mutex);
  auto compiled = std::make_shared<const CompiledGrammar>(std::move(grammar),
                                                          numCompiled++, masks);
  kept.push_front({text, compiled});
  kept.front().weigh();
  dropLast();
  return compiled;
}

/// Under the mutex. The first one stays.
void GrammarCompiler::Library::dropLast() {
  size_t numBytes = 0;
  size_t numKept = 0;
  auto entry = kept.begin();
  for (; entry != kept.end() && numKept < kMostGrammars; ++entry, ++numKept) {
    numBytes += entry->numBytes;
    if (numBytes > kGrammarBytes && numKept > 0)
      break;
  }
  kept.erase(entry, kept.end());
}

GrammarCompiler::GrammarCompiler(const Tokenizer &tokenizer)
    : tokenizer_(tokenizer) {}
GrammarCompiler::~GrammarCompiler() = default;

GrammarCompiler::Library &GrammarCompiler::library() {
  std::lock_guard lock(mutex_);
  if (!library_)
    library_ = std::make_unique<Library>(textsOf(tokenizer_));
  return *library_;
}

Result<std::shared_ptr<const CompiledGrammar>>
GrammarCompiler::compile(const std::string &grammar) {
  try {
    return library().compile(grammar);
  } catch (const std::exception &error) {
    return failed(error);
  }
}

const TokenIndex &GrammarCompiler::tokens() { return library().tokens; }

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

struct GrammarMatcher::State {
  explicit State(std::shared_ptr<const CompiledGrammar> compiled)
      : grammar(std::move(compiled)), matcher(grammar->grammar) {}

  std::shared_ptr<const CompiledGrammar> grammar;
  xgrammar::GrammarMatcher matcher;
  xgrammar::GrammarMatcher::StateKey key; // of the mask that was asked for last
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

// Masks of a state that cannot be described are found each time.
void GrammarMatcher::fill(TokenMask &mask) {
  xgrammar::GrammarMatcher &matcher = state_->matcher;
  MaskCache &masks = *state_->grammar->masks;
  xgrammar::GrammarMatcher::StateKey &key = state_->key;
  bool isDescribed = matcher.DescribeState(&key);
  StateWords words{
      .grammar = state_->grammar->number, .words = key.words, .ends = key.ends};
  if (isDescribed && masks.find(words, mask))
    return;
  int64_t numWords = static_cast<int64_t>(mask.words().size());
  DLTensor tensor{.data = mask.words().data(),
                  .device = {kDLCPU, 0},
                  .ndim = 1,
                  .dtype = xgrammar::GetBitmaskDLType(),
                  .shape = &numWords,
                  .strides = nullptr,
                  .byte_offset = 0};
  int32_t end = matcher.FillDescribed(&tensor);
  mask.clearUnused();
  if (isDescribed && end >= 0)
    masks.add(words, static_cast<size_t>(end), mask);
}

} // namespace g4rt
