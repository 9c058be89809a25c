//===- BlockFormat.h - An answer as a list of blocks ------------*- C++ -*-===//
//
// Anthropic's, Ollama's and OpenAI's newer API tell of an answer as a list: a
// run of thought, a run of content, a call. This makes blocks of pieces; what a
// block looks like is for the API's own format.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_BLOCKFORMAT_H
#define G4_RUNTIME_HTTP_OPENAI_BLOCKFORMAT_H

#include "runtime/http/openai/AnswerFormat.h"

#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

struct AnswerBlock {
  enum class Kind { Thought, Content, Call };
  Kind kind = Kind::Content;
  std::string text = {}; // of a call its arguments, the text of an object
  std::string name = {}; // of a call
  bool isCut = false;    // of a call that the answer ended in
};

class BlockFormat : public AnswerFormat {
public:
  explicit BlockFormat(bool isStream) : isStream_(isStream) {}

  std::vector<json::object> append(const GenerationEvent &event) final;

protected:
  /// Before anything else that `event` brings.
  virtual void onEvent(const GenerationEvent &) {}
  // What happens in a stream, in order. A block is the last of blocks() until
  // it ends.
  virtual void onBegin(const AnswerBlock &) {}
  /// `text` has been added to the block's.
  virtual void onDelta(const AnswerBlock &, std::string_view) {}
  virtual void onEnd(const AnswerBlock &) {}
  /// After all of it, in a stream and elsewhere.
  virtual void onFinish(const GenerationEnd &) {}

  /// Sends a chunk, if the answer is a stream.
  void emit(json::object chunk) {
    if (isStream_)
      chunks_.push_back(std::move(chunk));
  }

  /// All so far.
  const std::vector<AnswerBlock> &blocks() const { return blocks_; }
  size_t lastIndex() const { return blocks_.size() - 1; }
  /// Calls that nobody can make, as lostCallOf tells of them.
  const json::array &lostCalls() const { return lostCalls_; }

private:
  void take(const AnswerPiece &piece);
  void addText(AnswerBlock::Kind kind, std::string_view text);
  void beginCall(const GemmaCall &call);
  void beginBlock(AnswerBlock block);
  void addDelta(std::string_view text);
  void endBlock();

  bool isStream_;
  std::vector<AnswerBlock> blocks_;
  bool isOpen_ = false; // the last block
  json::array lostCalls_;
  std::vector<json::object> chunks_; // of the event
};

/// A call's arguments as JSON for APIs that want an object in place of a text.
json::object argumentsOf(const AnswerBlock &call);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_BLOCKFORMAT_H
