//===- StreamCalls.cpp - Streams, events and graphs of a fake driver ------===//

#include "test/fakedriver/Calls.h"
#include "test/fakedriver/Driver.h"

namespace g4::fakedriver {

Result streamCreate(const char *call, void **stream, unsigned flags) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    *stream = device.streams.add(std::make_unique<Stream>(device));
    return kSuccess;
  });
}

/// Runs `body` with the stream of a handle.
template <typename F>
static Result withStream(const char *call, InCapture rule, void *handle,
                         F &&body) {
  return inContext(call, rule, [&](Device &device) {
    Stream *stream = streamOf(call, device, handle);
    return stream ? body(*stream) : kInvalidHandle;
  });
}

Result streamDestroy(const char *call, void *handle) {
  return withStream(call, InCapture::Allowed, handle, [&](Stream &stream) {
    Device &device = stream.device;
    Result result = stream.drain();
    device.streams.remove(handle);
    return result;
  });
}

Result streamSynchronize(const char *call, void *handle) {
  return withStream(call, InCapture::Forbidden, handle,
                    [](Stream &stream) { return stream.drain(); });
}

// One piece of work a question: who asks often enough gets there.
Result streamQuery(const char *call, void *handle) {
  return withStream(call, InCapture::Forbidden, handle, [](Stream &stream) {
    if (stream.queue.empty())
      return kSuccess;
    Result result = stream.step();
    return result == kSuccess ? kNotReady : result;
  });
}

Result streamWaitEvent(const char *call, void *handle, void *event,
                       unsigned flags) {
  return withStream(call, InCapture::Allowed, handle, [&](Stream &stream) {
    Event *found = stream.device.events.find(event);
    if (!found)
      return kInvalidHandle;
    return stream.add([found] {
      while (!found->isOver())
        if (Result result = found->stream->step(); result != kSuccess)
          return result;
      return kSuccess;
    });
  });
}

//===----------------------------------------------------------------------===//
// Events
//===----------------------------------------------------------------------===//

Result eventCreate(const char *call, void **event, unsigned flags) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    constexpr unsigned kDisableTiming = 2;
    auto made = std::make_unique<Event>();
    made->device = &device;
    made->hasTiming = !(flags & kDisableTiming);
    *event = device.events.add(std::move(made));
    return kSuccess;
  });
}

/// Runs `body` with the event of a handle.
template <typename F>
static Result withEvent(const char *call, InCapture rule, void *handle,
                        F &&body) {
  return inContext(call, rule, [&](Device &device) {
    if (Event *event = device.events.find(handle))
      return body(*event);
    complain(std::string(call) + ": no such event");
    return kInvalidHandle;
  });
}

Result eventDestroy(const char *call, void *handle) {
  return withEvent(call, InCapture::Allowed, handle, [&](Event &event) {
    Device &device = *event.device;
    if (!event.isOver())
      if (Result result = event.stream->drain(); result != kSuccess)
        return result;
    device.events.remove(handle);
    return kSuccess;
  });
}

Result eventRecord(const char *call, void *handle, void *streamHandle) {
  return withEvent(call, InCapture::Allowed, handle, [&](Event &event) {
    Stream *stream = streamOf(call, *event.device, streamHandle);
    if (!stream)
      return kInvalidHandle;
    if (stream->capture) {
      complain(std::string(call) + " in a capture is not known here");
      return kCaptureUnsupported;
    }
    event.stream = stream;
    uint64_t number = ++event.recorded;
    return stream->add([&event, number] {
      event.happened = number;
      event.time = std::chrono::steady_clock::now();
      return kSuccess;
    });
  });
}

Result eventSynchronize(const char *call, void *handle) {
  return withEvent(call, InCapture::Forbidden, handle, [](Event &event) {
    while (!event.isOver())
      if (Result result = event.stream->step(); result != kSuccess)
        return result;
    return kSuccess;
  });
}

Result eventQuery(const char *call, void *handle) {
  return withEvent(call, InCapture::Forbidden, handle, [](Event &event) {
    if (event.isOver())
      return kSuccess;
    Result result = event.stream->step();
    return result == kSuccess ? kNotReady : result;
  });
}

Result eventElapsedTime(const char *call, float *milliseconds, void *start,
                        void *end) {
  return inContext(call, InCapture::Forbidden, [&](Device &device) {
    Event *a = device.events.find(start), *b = device.events.find(end);
    if (!a || !b || !a->hasTiming || !b->hasTiming || a->recorded == 0 ||
        b->recorded == 0)
      return kInvalidHandle;
    if (!a->isOver() || !b->isOver())
      return kNotReady;
    *milliseconds =
        std::chrono::duration<float, std::milli>(b->time - a->time).count();
    return kSuccess;
  });
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

Result streamBeginCapture(const char *call, void *handle, int mode) {
  return withStream(call, InCapture::Allowed, handle, [&](Stream &stream) {
    // The default stream cannot be captured.
    if (!handle || stream.capture)
      return kCaptureUnsupported;
    stream.capture = Graph();
    stream.captureMode = mode;
    stream.isCaptureBroken = false;
    return kSuccess;
  });
}

Result streamEndCapture(const char *call, void *handle, void **graph) {
  return withStream(call, InCapture::Allowed, handle, [&](Stream &stream) {
    *graph = nullptr;
    if (!stream.capture)
      return kInvalidValue;
    auto captured = std::make_unique<Graph>(std::move(*stream.capture));
    stream.capture.reset();
    if (stream.isCaptureBroken)
      return kCaptureInvalidated;
    *graph = stream.device.graphs.add(std::move(captured));
    return kSuccess;
  });
}

Result graphInstantiate(const char *call, void **exec, void *graph,
                        unsigned long long flags) {
  return inContext(call, InCapture::Forbidden, [&](Device &device) {
    Graph *found = device.graphs.find(graph);
    if (!found)
      return kInvalidHandle;
    logEvent(device.driver,
             "graph_instantiate " + std::to_string(found->nodes.size()));
    *exec = device.execs.add(std::make_unique<GraphExec>(found->nodes));
    return kSuccess;
  });
}

Result graphUpload(const char *call, void *exec, void *handle) {
  return withStream(call, InCapture::Forbidden, handle, [&](Stream &stream) {
    bool isKnown = stream.device.execs.find(exec);
    return isKnown ? kSuccess : kInvalidHandle;
  });
}

Result graphLaunch(const char *call, void *exec, void *handle) {
  return withStream(call, InCapture::Forbidden, handle, [&](Stream &stream) {
    GraphExec *found = stream.device.execs.find(exec);
    if (!found) {
      complain(std::string(call) + ": no such graph");
      return kInvalidHandle;
    }
    stream.add([&device = stream.device] {
      logEvent(device.driver, "graph_launch");
      return kSuccess;
    });
    for (const Work &node : found->nodes)
      stream.add(node);
    return kSuccess;
  });
}

Result graphDestroy(const char *call, void *graph) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    return device.graphs.remove(graph) ? kSuccess : kInvalidHandle;
  });
}

Result graphExecDestroy(const char *call, void *exec) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    return device.execs.remove(exec) ? kSuccess : kInvalidHandle;
  });
}

} // namespace g4::fakedriver
