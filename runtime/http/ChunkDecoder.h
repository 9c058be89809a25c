//===- ChunkDecoder.h - The bytes of a body that comes in chunks *- C++ -*-===//
//
// RFC 9112, 7.1. Looks at one byte of a line at a time, so the same bytes give
// the same result however they are cut. Extensions of chunks and trailers are
// checked, bounded and thrown away: nothing that comes after a body can change
// what its header said.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_CHUNKDECODER_H
#define G4_RUNTIME_HTTP_CHUNKDECODER_H

#include "runtime/http/ApiError.h"
#include "runtime/http/ServerOptions.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace g4rt {

class ChunkDecoder {
public:
  /// Takes data of the body, or says why it cannot.
  using Sink = std::function<std::optional<ApiError>(std::string_view data)>;

  ChunkDecoder(const HttpLimits &limits, Sink sink)
      : limits_(limits), sink_(std::move(sink)) {}

  /// Goes on with `input`; how many bytes of it belong to the body. All of
  /// them, unless the body ends there or is wrong.
  size_t feed(std::string_view input);

  bool isDone() const { return phase_ == Phase::Done; }
  /// What is wrong with the body; none while nothing is.
  const std::optional<ApiError> &error() const { return error_; }

private:
  enum class Phase { Size, Data, DataEnd, Trailer, Done };

  void takeLineByte(char c);
  void countLineByte();
  void onLine(std::string_view line);
  void onSize(std::string_view line);
  void onTrailer(std::string_view line);
  void fail(ErrorKind kind, std::string message);

  const HttpLimits &limits_;
  Sink sink_;
  Phase phase_ = Phase::Size;
  std::optional<ApiError> error_;
  std::string line_;           // what has come of a line
  uint64_t left_ = 0;          // of the chunk's data
  uint64_t numDataBytes_ = 0;  // of all chunks that have been announced
  size_t numExtraBytes_ = 0;   // of all extensions
  size_t numTrailerBytes_ = 0; // of all trailers
  size_t numTrailers_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_CHUNKDECODER_H
