//===- CallStream.h - A call to JSON while it is written --------*- C++ -*-===//
//
// A call that a grammar guides is well formed, so that its name is known at the
// first bracket and its arguments can be told as they come. What a model writes
// on its own is for GemmaCall.h, once it has ended.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_ANSWER_CALLSTREAM_H
#define G4_RUNTIME_TEXT_ANSWER_CALLSTREAM_H

#include <string>
#include <string_view>

namespace g4rt {

/// State of one call. Appends what is certain to `arguments`: the start of an
/// object of JSON, in the end all of it.
class CallStream {
public:
  /// Text outside of strings, or of a string: that depends on the quotes so
  /// far.
  void append(std::string_view text, std::string &arguments);
  /// The token before and after a string.
  void appendQuote(std::string &arguments);

  /// Known when the arguments begin.
  bool hasName() const { return next_ != Next::Name; }
  const std::string &name() const { return name_; }

private:
  enum class Next { Name, Key, Value };

  void appendSyntax(char c, std::string &arguments);
  void open(char bracket, std::string &arguments);
  void close(char bracket, std::string &arguments);

  std::string name_;       // with "call:" in front until it ends
  std::string key_;        // bare, so far
  std::string containers_; // the open brackets
  Next next_ = Next::Name;
  bool isInString_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_ANSWER_CALLSTREAM_H
