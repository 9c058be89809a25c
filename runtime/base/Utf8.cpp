//===- Utf8.cpp - Steps through UTF-8 -------------------------------------===//

#include "runtime/base/Utf8.h"

#include <cstdint>

namespace g4rt {

namespace {

/// What a first byte asks of the rest: the sequence's length and the range of
/// its second byte. Length 0 for a byte that starts nothing.
struct Lead {
  uint8_t length;
  uint8_t secondMin;
  uint8_t secondMax;
};

} // namespace

static Lead leadOf(uint8_t byte) {
  if (byte < 0x80)
    return {1, 0, 0};
  if (byte < 0xc2 || byte > 0xf4)
    return {0, 0, 0};
  if (byte < 0xe0)
    return {2, 0x80, 0xbf};
  if (byte < 0xf0)
    return {3, static_cast<uint8_t>(byte == 0xe0 ? 0xa0 : 0x80),
            static_cast<uint8_t>(byte == 0xed ? 0x9f : 0xbf)};
  return {4, static_cast<uint8_t>(byte == 0xf0 ? 0x90 : 0x80),
          static_cast<uint8_t>(byte == 0xf4 ? 0x8f : 0xbf)};
}

static uint8_t byteAt(std::string_view text, size_t index) {
  return static_cast<uint8_t>(text[index]);
}

// How many bytes of `text` follow the pattern of `lead`, the first included.
static size_t matchingBytes(std::string_view text, Lead lead) {
  size_t limit = text.size() < lead.length ? text.size() : lead.length;
  for (size_t i = 1; i < limit; ++i) {
    uint8_t min = i == 1 ? lead.secondMin : 0x80;
    uint8_t max = i == 1 ? lead.secondMax : 0xbf;
    if (byteAt(text, i) < min || byteAt(text, i) > max)
      return i;
  }
  return limit;
}

Utf8Step detail::decodeMultibyte(std::string_view text) {
  Lead lead = leadOf(byteAt(text, 0));
  if (lead.length == 0 || matchingBytes(text, lead) < lead.length)
    return {};
  char32_t codePoint = byteAt(text, 0) & (0xff >> (lead.length + 1));
  for (size_t i = 1; i < lead.length; ++i)
    codePoint = codePoint << 6 | (byteAt(text, i) & 0x3f);
  return {codePoint, lead.length};
}

bool isUtf8Prefix(std::string_view text) {
  if (text.empty())
    return false;
  Lead lead = leadOf(byteAt(text, 0));
  return text.size() < lead.length && matchingBytes(text, lead) == text.size();
}

bool isUtf8(std::string_view text) {
  while (!text.empty()) {
    Utf8Step step = decodeUtf8(text);
    if (step.size == 0)
      return false;
    text.remove_prefix(step.size);
  }
  return true;
}

std::string_view clipUtf8(std::string_view text, size_t maxBytes) {
  if (text.size() <= maxBytes)
    return text;
  while (maxBytes > 0 && (text[maxBytes] & 0xc0) == 0x80)
    --maxBytes;
  return text.substr(0, maxBytes);
}

void appendUtf8(std::string &text, char32_t codePoint) {
  auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (codePoint < 0x80)
    return put(codePoint);
  if (codePoint < 0x800) {
    put(0xc0 | codePoint >> 6);
  } else if (codePoint < 0x10000) {
    put(0xe0 | codePoint >> 12);
    put(0x80 | (codePoint >> 6 & 0x3f));
  } else {
    put(0xf0 | codePoint >> 18);
    put(0x80 | (codePoint >> 12 & 0x3f));
    put(0x80 | (codePoint >> 6 & 0x3f));
  }
  put(0x80 | (codePoint & 0x3f));
}

} // namespace g4rt
