//===- OutputQueue.h - What waits for a client to read it -------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OUTPUTQUEUE_H
#define G4_RUNTIME_HTTP_OUTPUTQUEUE_H

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <utility>

namespace g4rt {

/// Bytes in order. Large pieces are kept as they are, small ones are joined.
class OutputQueue {
public:
  bool empty() const { return pieces_.empty(); }
  /// Memory of the pieces. A piece counts until its last byte is written.
  size_t numHeldBytes() const { return numHeldBytes_; }

  void push(std::string data) {
    constexpr size_t kJoined = 16384;
    if (data.empty())
      return;
    bool joins = pieces_.size() > numInFlight_ &&
                 pieces_.back().size() + data.size() <= kJoined;
    if (!joins) {
      numHeldBytes_ += data.capacity();
      pieces_.push_back(std::move(data));
      return;
    }
    numHeldBytes_ -= pieces_.back().capacity();
    pieces_.back() += data;
    numHeldBytes_ += pieces_.back().capacity();
  }

  /// What to write next, as it stays until written() is called.
  std::span<const boost::asio::const_buffer> next() {
    numInFlight_ = std::min(pieces_.size(), buffers_.size());
    for (size_t i = 0; i < numInFlight_; ++i)
      buffers_[i] = boost::asio::buffer(pieces_[i]);
    buffers_[0] += numWritten_;
    return {buffers_.data(), numInFlight_};
  }

  /// So many bytes of what next() gave have been written.
  void written(size_t numBytes) {
    numInFlight_ = 0;
    numWritten_ += numBytes;
    while (!pieces_.empty() && numWritten_ >= pieces_.front().size()) {
      numWritten_ -= pieces_.front().size();
      numHeldBytes_ -= pieces_.front().capacity();
      pieces_.pop_front();
    }
  }

private:
  std::deque<std::string> pieces_;
  size_t numHeldBytes_ = 0;
  size_t numWritten_ = 0;  // of the first piece
  size_t numInFlight_ = 0; // pieces that buffers_ points to
  std::array<boost::asio::const_buffer, 16> buffers_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OUTPUTQUEUE_H
