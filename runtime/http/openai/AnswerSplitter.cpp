//===- AnswerSplitter.cpp - Thought, content and tool calls ---------------===//

#include "runtime/http/openai/AnswerSplitter.h"

#include "runtime/base/Utf8.h"

#include <algorithm>
#include <utility>

namespace g4rt {

constexpr std::string_view kLabel = "thought\n";

AnswerMarks AnswerMarks::of(const Tokenizer &tokenizer) {
  return {.channelBegin = tokenizer.idOf("<|channel>"),
          .channelEnd = tokenizer.idOf("<channel|>"),
          .callBegin = tokenizer.idOf("<|tool_call>"),
          .callEnd = tokenizer.idOf("<tool_call|>"),
          .quote = tokenizer.idOf("<|\"|>"),
          .turnBegin = tokenizer.idOf("<|turn>")};
}

// Text of a conversation cannot hold these ids, so the last one decides.
AnswerStart startOfAnswer(std::span<const int32_t> promptIds,
                          const AnswerMarks &marks) {
  for (size_t i = promptIds.size(); i-- > 0;) {
    int32_t id = promptIds[i];
    if (id == marks.channelEnd || id == marks.turnBegin)
      break;
    if (id == marks.channelBegin)
      return i + 1 == promptIds.size() ? AnswerStart::Channel
                                       : AnswerStart::InsideThought;
  }
  return AnswerStart::Content;
}

AnswerSplitter::AnswerSplitter(const Tokenizer &tokenizer,
                               const AnswerMarks &marks, SpecialIds special,
                               AnswerStart start)
    : tokenizer_(&tokenizer), marks_(marks), decoder_(tokenizer, special),
      part_(start == AnswerStart::Content ? Part::Content : Part::Thought),
      isLabelOpen_(start == AnswerStart::Channel) {}

std::vector<AnswerPiece> AnswerSplitter::append(std::optional<int32_t> id,
                                                std::string_view text) {
  if (id)
    note(*id);
  std::vector<AnswerPiece> out;
  take(text, out);
  return out;
}

std::vector<AnswerPiece> AnswerSplitter::finish() {
  std::vector<AnswerPiece> out;
  // Items that are left were cut off by a stop string.
  if (part_ == Part::Call && items_.empty())
    endCall(callIds_, out);
  else
    takeText(Part::Content, std::exchange(callText_, {}), out);
  return out;
}

//===----------------------------------------------------------------------===//
// From the tokens: which part the text will belong to
//===----------------------------------------------------------------------===//

bool AnswerSplitter::isMark(int32_t id) const {
  return id == marks_.channelBegin || id == marks_.channelEnd ||
         id == marks_.callBegin || id == marks_.callEnd;
}

void AnswerSplitter::note(int32_t id) {
  size_t numHeld = decoder_.numHeldBytes();
  std::string text;
  decoder_.append(id, text);
  if (isMark(id)) {
    // The start of a character before a mark comes out as U+FFFD with the mark.
    size_t numBefore =
        text.empty() ? 0 : numHeld * kReplacementCharacter.size();
    pushText(part_, numBefore);
    return noteMark(id, text.size() - numBefore);
  }
  if (part_ == Part::Call)
    callIds_.push_back(id);
  pushText(part_, text.size());
}

void AnswerSplitter::noteMark(int32_t id, size_t numBytes) {
  bool endsCall = id == marks_.callEnd && part_ == Part::Call;
  if (endsCall)
    pushText(Part::Call, std::exchange(numBytes, 0));
  if (endsCall || id != marks_.callEnd)
    leavePart();
  if (id == marks_.channelBegin) {
    items_.push_back({.kind = Item::Kind::ThoughtBegins});
    part_ = Part::Thought;
  }
  if (id == marks_.callBegin)
    part_ = Part::Call;
  pushText(part_ == Part::Call ? Part::Call : Part::Mark, numBytes);
}

void AnswerSplitter::leavePart() {
  if (part_ == Part::Thought)
    items_.push_back({.kind = Item::Kind::ThoughtEnds});
  if (part_ == Part::Call)
    items_.push_back(
        {.kind = Item::Kind::CallEnds, .ids = std::exchange(callIds_, {})});
  part_ = Part::Content;
}

void AnswerSplitter::pushText(Part part, size_t numBytes) {
  if (numBytes > 0)
    items_.push_back({.part = part, .numBytes = numBytes});
}

//===----------------------------------------------------------------------===//
// From the text: what is certain
//===----------------------------------------------------------------------===//

void AnswerSplitter::take(std::string_view text,
                          std::vector<AnswerPiece> &out) {
  while (!items_.empty()) {
    Item &item = items_.front();
    if (item.kind == Item::Kind::Text) {
      size_t size = std::min(item.numBytes, text.size());
      takeText(item.part, text.substr(0, size), out);
      text.remove_prefix(size);
      if ((item.numBytes -= size) > 0)
        return;
    } else {
      takeBoundary(item, out);
    }
    items_.pop_front();
  }
  // More text than the tokens have: the end of a character at the answer's end.
  takeText(part_, text, out);
}

void AnswerSplitter::takeBoundary(const Item &item,
                                  std::vector<AnswerPiece> &out) {
  if (item.kind == Item::Kind::ThoughtBegins)
    isLabelOpen_ = true;
  if (item.kind == Item::Kind::ThoughtEnds)
    endThought();
  if (item.kind == Item::Kind::CallEnds)
    endCall(item.ids, out);
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

void AnswerSplitter::takeText(Part part, std::string_view text,
                              std::vector<AnswerPiece> &out) {
  switch (part) {
  case Part::Content:
    return appendPiece(AnswerPiece::Kind::Content, text, out);
  case Part::Thought:
    return takeThought(text, out);
  case Part::Call:
    callText_ += text;
    return;
  case Part::Mark:
    return;
  }
}

// Without the label in front and the line ends before the mark.
void AnswerSplitter::takeThought(std::string_view text,
                                 std::vector<AnswerPiece> &out) {
  std::string thought = std::exchange(lineEnds_, {});
  if (isLabelOpen_) {
    label_ += text;
    if (kLabel.starts_with(label_) && label_.size() < kLabel.size())
      return;
    isLabelOpen_ = false;
    bool isLabel = label_.starts_with(kLabel);
    thought += std::string_view(label_).substr(isLabel ? kLabel.size() : 0);
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

void AnswerSplitter::endCall(std::span<const int32_t> ids,
                             std::vector<AnswerPiece> &out) {
  std::string text = std::exchange(callText_, {});
  if (auto call = readGemmaCall(ids, *tokenizer_, marks_.quote))
    out.push_back({AnswerPiece::Kind::Call, {}, *std::move(call)});
  else
    appendPiece(AnswerPiece::Kind::Content, text, out);
}

} // namespace g4rt
