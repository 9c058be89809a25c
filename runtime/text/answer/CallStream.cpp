//===- CallStream.cpp - A call to JSON while it is written ----------------===//

#include "runtime/text/answer/CallStream.h"

#include "runtime/text/answer/CallWord.h"

namespace g4rt {

constexpr std::string_view kOpener = "call:";

void CallStream::append(std::string_view text, std::string &arguments) {
  if (!isInString_) {
    for (char c : text)
      appendSyntax(c, arguments);
    return;
  }
  std::string quoted = jsonString(text);
  arguments += std::string_view(quoted).substr(1, quoted.size() - 2);
}

// A key in quotes and a string both begin and end with a " of JSON.
void CallStream::appendQuote(std::string &arguments) {
  isInString_ = !isInString_;
  arguments += '"';
}

void CallStream::appendSyntax(char c, std::string &arguments) {
  if (next_ == Next::Name && c != '{') {
    name_ += c;
    return;
  }
  if (next_ == Next::Name)
    name_.erase(0, kOpener.size());
  if (c == '{' || c == '[')
    return open(c, arguments);
  if (c == '}' || c == ']')
    return close(c, arguments);
  if (next_ == Next::Key && c == ':') {
    arguments += key_.empty() ? ":" : jsonString(key_) + ":";
    key_.clear();
    next_ = Next::Value;
    return;
  }
  if (next_ == Next::Key && c != ',') {
    key_ += c;
    return;
  }
  arguments += c;
  if (c == ',' && containers_.back() == '{')
    next_ = Next::Key;
}

void CallStream::open(char bracket, std::string &arguments) {
  containers_ += bracket;
  arguments += bracket;
  next_ = bracket == '{' ? Next::Key : Next::Value;
}

void CallStream::close(char bracket, std::string &arguments) {
  arguments += bracket;
  containers_.pop_back();
  next_ = Next::Value;
}

} // namespace g4rt
