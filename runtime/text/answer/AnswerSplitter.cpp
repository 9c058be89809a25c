//===- AnswerSplitter.cpp - Thought, content and tool calls ---------------===//

#include "runtime/text/answer/AnswerSplitter.h"

#include <algorithm>
#include <utility>

namespace g4rt {

AnswerSplitter::AnswerSplitter(const Tokenizer &tokenizer,
                               const AnswerMarks &marks, AnswerStart start,
                               GuidedCalls guided)
    : tokenizer_(&tokenizer), marks_(marks), guided_(guided),
      part_(partOf(start)), isLabelOpen_(start == AnswerStart::Channel) {}

std::vector<AnswerPiece>
AnswerSplitter::append(const std::optional<DecodedToken> &token,
                       std::string_view text) {
  if (token)
    note(*token);
  std::vector<AnswerPiece> out;
  take(text, out);
  return out;
}

std::vector<AnswerPiece> AnswerSplitter::finish(AnswerCut cut) {
  std::vector<AnswerPiece> out;
  if (!isCallOpen_)
    return out;
  // Items that are left were cut off by a stop string.
  bool isCut = cut == AnswerCut::Yes || !items_.empty();
  std::span<const int32_t> ids = callIds_;
  endCall(items_.empty() ? ids : std::span<const int32_t>(), CallEnd::None,
          isCut ? AnswerPiece::Kind::CutCall
                : AnswerPiece::Kind::UnreadableCall,
          out);
  return out;
}

//===----------------------------------------------------------------------===//
// From the tokens: which part the text will belong to
//===----------------------------------------------------------------------===//

void AnswerSplitter::note(const DecodedToken &token) {
  push(Item::Kind::Text, token.numBefore);
  bool isQuote = token.id == marks_.quote;
  if (!isQuote && marks_.isBoundary(token.id))
    return noteBoundary(token);
  if (part_ == AnswerPart::Call)
    callIds_.push_back(token.id);
  if (isQuote) // also where a vocabulary hides it
    items_.push_back(
        {.kind = Item::Kind::Quote, .part = part_, .numBytes = token.numBytes});
  else
    push(Item::Kind::Text, token.numBytes);
}

// A mark's own text comes before the part that it begins, and after the one
// that it ends, so that a call is not taken for ended before its mark is
// certain.
void AnswerSplitter::noteBoundary(const DecodedToken &token) {
  int32_t id = token.id;
  AnswerPart next = marks_.after(part_, id);
  bool begins = id == marks_.channelBegin || id == marks_.callBegin;
  push(Item::Kind::Mark, token.numBytes);
  if (begins || next != part_)
    leavePart(id == marks_.callEnd ? CallEnd::Mark : CallEnd::None);
  part_ = next;
  if (id == marks_.channelBegin)
    items_.push_back({.kind = Item::Kind::ThoughtBegins});
  if (id == marks_.callBegin)
    items_.push_back({.kind = Item::Kind::CallBegins});
}

void AnswerSplitter::leavePart(CallEnd end) {
  if (part_ == AnswerPart::Thought)
    items_.push_back({.kind = Item::Kind::ThoughtEnds});
  if (part_ == AnswerPart::Call)
    items_.push_back({.kind = Item::Kind::CallEnds,
                      .ids = std::exchange(callIds_, {}),
                      .end = end});
}

void AnswerSplitter::push(Item::Kind kind, size_t numBytes) {
  if (numBytes > 0)
    items_.push_back({.kind = kind, .part = part_, .numBytes = numBytes});
}

//===----------------------------------------------------------------------===//
// From the text: what is certain
//===----------------------------------------------------------------------===//

void AnswerSplitter::take(std::string_view text,
                          std::vector<AnswerPiece> &out) {
  while (!items_.empty()) {
    Item &item = items_.front();
    size_t size = std::min(item.numBytes, text.size());
    if (item.kind == Item::Kind::Text)
      takeText(item.part, text.substr(0, size), out);
    text.remove_prefix(size);
    if ((item.numBytes -= size) > 0)
      return;
    takeWhole(item, out);
    items_.pop_front();
  }
  // More text than the tokens have: the end of a character at the answer's end.
  takeText(part_, text, out);
}

void AnswerSplitter::takeWhole(const Item &item,
                               std::vector<AnswerPiece> &out) {
  switch (item.kind) {
  case Item::Kind::Text:
  case Item::Kind::Mark:
    return;
  case Item::Kind::Quote:
    return takeQuote(item, out);
  case Item::Kind::ThoughtBegins:
    isLabelOpen_ = true;
    return;
  case Item::Kind::ThoughtEnds:
    return endThought();
  case Item::Kind::CallBegins:
    isCallOpen_ = true;
    callStream_ = CallStream();
    return;
  case Item::Kind::CallEnds:
    return endCall(item.ids, item.end, AnswerPiece::Kind::UnreadableCall, out);
  }
}

// Text goes on with the last piece if that is of the same kind.
static void appendPiece(AnswerPiece::Kind kind, std::string_view text,
                        std::vector<AnswerPiece> &out) {
  if (text.empty())
    return;
  if (out.empty() || out.back().kind != kind)
    out.push_back({.kind = kind, .text = {}, .call = {}});
  out.back().text += text;
}

void AnswerSplitter::takeText(AnswerPart part, std::string_view text,
                              std::vector<AnswerPiece> &out) {
  switch (part) {
  case AnswerPart::Content:
    return appendPiece(AnswerPiece::Kind::Content, text, out);
  case AnswerPart::Thought:
    return takeThought(text, out);
  case AnswerPart::Call:
    return takeCall(text, false, out);
  }
}

void AnswerSplitter::takeQuote(const Item &item,
                               std::vector<AnswerPiece> &out) {
  if (item.part == AnswerPart::Call)
    takeCall(tokenizer_->piece(*marks_.quote), true, out);
  else
    takeText(item.part, "\"", out);
}

void AnswerSplitter::takeCall(std::string_view text, bool isQuote,
                              std::vector<AnswerPiece> &out) {
  callText_ += text;
  if (guided_ == GuidedCalls::No)
    return;
  bool isKnown = callStream_.hasName();
  std::string arguments;
  if (isQuote)
    callStream_.appendQuote(arguments);
  else
    callStream_.append(text, arguments);
  if (!isKnown && callStream_.hasName())
    out.push_back(
        {AnswerPiece::Kind::CallBegins, {}, {callStream_.name(), {}}});
  if (callStream_.hasName())
    appendPiece(AnswerPiece::Kind::CallGoesOn, arguments, out);
}

// Without the label in front and the line ends before the mark.
void AnswerSplitter::takeThought(std::string_view text,
                                 std::vector<AnswerPiece> &out) {
  std::string thought = std::exchange(lineEnds_, {});
  if (isLabelOpen_) {
    label_ += text;
    if (kThoughtLabel.starts_with(label_) &&
        label_.size() < kThoughtLabel.size())
      return;
    isLabelOpen_ = false;
    bool isLabel = label_.starts_with(kThoughtLabel);
    thought +=
        std::string_view(label_).substr(isLabel ? kThoughtLabel.size() : 0);
    label_.clear();
  } else {
    thought += text;
  }
  size_t size = thought.find_last_not_of('\n') + 1; // npos + 1 is 0
  lineEnds_ = thought.substr(size);
  appendPiece(AnswerPiece::Kind::Thought,
              std::string_view(thought).substr(0, size), out);
}

void AnswerSplitter::endThought() {
  isLabelOpen_ = false;
  label_.clear();
  lineEnds_.clear();
}

// What was told while it was written needs no more; a piece tells of a call
// that nobody can make.
void AnswerSplitter::endCall(std::span<const int32_t> ids, CallEnd end,
                             AnswerPiece::Kind otherwise,
                             std::vector<AnswerPiece> &out) {
  std::string text = std::exchange(callText_, {});
  isCallOpen_ = false;
  bool isTold = guided_ == GuidedCalls::Yes && callStream_.hasName();
  std::vector<GemmaCall> calls;
  if (!isTold)
    calls = readGemmaCalls(ids, *tokenizer_, marks_.quote, end);
  bool isLost =
      isTold ? otherwise == AnswerPiece::Kind::CutCall : calls.empty();
  if (isLost)
    out.push_back({otherwise, std::move(text), {}});
  for (GemmaCall &call : calls)
    out.push_back({AnswerPiece::Kind::Call, {}, std::move(call)});
}

} // namespace g4rt
