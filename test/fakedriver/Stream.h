//===- Stream.h - Streams, events and graphs of the fake driver -*- C++ -*-===//
//
// What is put on a stream happens as late as it may: when somebody waits for
// it. So a program that forgets to wait sees old bytes every time.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_FAKEDRIVER_STREAM_H
#define G4_TEST_FAKEDRIVER_STREAM_H

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "test/fakedriver/Types.h"

namespace g4::fakedriver {

struct Device;

/// A copy, a launch, a record of an event.
using Work = std::function<Result()>;

struct Graph {
  std::vector<Work> nodes;
};

struct GraphExec {
  std::vector<Work> nodes;
};

struct Stream {
  explicit Stream(Device &owner) : device(owner) {}

  Device &device;
  std::deque<Work> queue;
  /// What is being captured.
  std::optional<Graph> capture;
  int captureMode = 0;
  bool isCaptureBroken = false;

  /// Puts work on the stream, or in the graph that is being captured.
  Result add(Work work);
  /// Does the oldest work. There must be some.
  Result step();
  /// Does all of it, up to the first error.
  Result drain();
};

struct Event {
  Device *device = nullptr;
  Stream *stream = nullptr; // of the last record
  uint64_t recorded = 0, happened = 0;
  bool hasTiming = true;
  std::chrono::steady_clock::time_point time;

  bool isOver() const { return happened == recorded; }
};

} // namespace g4::fakedriver

#endif // G4_TEST_FAKEDRIVER_STREAM_H
