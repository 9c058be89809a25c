//===- TextTail.h - The end of a text that grows ----------------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_TEXTTAIL_H
#define G4_RUNTIME_ENGINE_TEXTTAIL_H

#include <cstddef>
#include <string>
#include <string_view>

namespace g4rt {

/// The last bytes of a text, from the begin of a character on.
class TextTail {
public:
  static constexpr size_t kMaxBytes = 160;

  void add(std::string_view text) {
    text_ += text;
    if (text_.size() <= kMaxBytes)
      return;
    size_t first = text_.size() - kMaxBytes;
    auto isWithinCharacter = [&](size_t at) {
      return (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80;
    };
    while (first < text_.size() && isWithinCharacter(first))
      ++first;
    text_.erase(0, first);
  }

  const std::string &text() const { return text_; }

private:
  std::string text_;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_TEXTTAIL_H
