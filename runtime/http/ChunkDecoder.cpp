//===- ChunkDecoder.cpp - The bytes of a body that comes in chunks --------===//

#include "runtime/http/ChunkDecoder.h"

#include "runtime/http/HeaderCheck.h"

#include <algorithm>

namespace g4rt {

/// Hexadecimal digits of a chunk's size, at most: 64 bits.
constexpr size_t kMaxSizeDigits = 16;

void ChunkDecoder::fail(ErrorKind kind, std::string message) {
  error_ = ApiError{kind, std::move(message)};
}

size_t ChunkDecoder::feed(std::string_view input) {
  size_t at = 0;
  while (at < input.size() && !isDone() && !error_) {
    if (phase_ != Phase::Data) {
      takeLineByte(input[at++]);
      continue;
    }
    size_t size = std::min<uint64_t>(left_, input.size() - at);
    error_ = sink_(input.substr(at, size));
    at += size;
    left_ -= size;
    if (left_ == 0)
      phase_ = Phase::DataEnd;
  }
  return at;
}

void ChunkDecoder::takeLineByte(char c) {
  bool followsCr = line_.ends_with('\r');
  if (followsCr != (c == '\n'))
    return fail(ErrorKind::BadFraming, "chunk: a line needs to end with CR LF");
  if (c != '\n') {
    line_ += c;
    return countLineByte();
  }
  line_.pop_back();
  onLine(line_);
  line_.clear();
}

void ChunkDecoder::countLineByte() {
  switch (phase_) {
  case Phase::Size:
    if (line_.size() > kMaxSizeDigits + 1 &&
        ++numExtraBytes_ > limits_.maxHeaderBytes)
      fail(ErrorKind::BadFraming, "chunk: the extensions are too long");
    return;
  case Phase::DataEnd:
    if (line_ != "\r")
      fail(ErrorKind::BadFraming, "chunk: more data than its size says");
    return;
  case Phase::Trailer:
    if (++numTrailerBytes_ > limits_.maxHeaderBytes)
      fail(ErrorKind::HeaderTooLarge, "the trailer is too large");
    return;
  case Phase::Data:
  case Phase::Done:
    return;
  }
}

void ChunkDecoder::onLine(std::string_view line) {
  switch (phase_) {
  case Phase::Size:
    return onSize(line);
  case Phase::DataEnd:
    phase_ = Phase::Size;
    return;
  case Phase::Trailer:
    return onTrailer(line);
  case Phase::Data:
  case Phase::Done:
    return;
  }
}

static std::optional<uint64_t> hexNumber(std::string_view digits) {
  if (digits.empty() || digits.size() > kMaxSizeDigits)
    return {};
  uint64_t number = 0;
  for (char c : digits) {
    uint64_t digit = 0;
    if (c >= '0' && c <= '9')
      digit = static_cast<uint64_t>(c - '0');
    else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
      digit = static_cast<uint64_t>((c | 0x20) - 'a' + 10);
    else
      return {};
    number = number << 4 | digit;
  }
  return number;
}

void ChunkDecoder::onSize(std::string_view line) {
  size_t end = std::min(line.find(';'), line.size());
  auto size = hexNumber(line.substr(0, end));
  if (!size || hasControlCharacter(line.substr(end)))
    return fail(ErrorKind::BadFraming, "chunk: needs a size in hexadecimal");
  if (*size == 0) {
    phase_ = Phase::Trailer;
    return;
  }
  // The sum of those that passed is below the limit, so this does not overflow.
  if (*size > limits_.maxBodyBytes - numDataBytes_)
    return fail(ErrorKind::TooLarge, "the body is too large");
  numDataBytes_ += *size;
  left_ = *size;
  phase_ = Phase::Data;
}

void ChunkDecoder::onTrailer(std::string_view line) {
  if (line.empty()) {
    phase_ = Phase::Done;
    return;
  }
  error_ = checkFieldLine(line);
  if (!error_ && ++numTrailers_ > limits_.maxHeaderFields)
    fail(ErrorKind::HeaderTooLarge, "trailer: too many fields");
}

} // namespace g4rt
