//===- EventSink.h - From the engine's thread to the loop's -----*- C++ -*-===//
//
// What deliveries of one answer and of several have in common. A delivery is of
// the loop's thread, gives its exchange() and takes onEvent(index, event).
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_EVENTSINK_H
#define G4_RUNTIME_HTTP_OPENAI_EVENTSINK_H

#include "runtime/engine/Engine.h"
#include "runtime/http/Exchange.h"
#include "runtime/http/Sse.h"
#include "runtime/http/openai/AnswerFormat.h"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace g4rt {

/// What the engine calls for answer `index` of a delivery, on its thread. Keeps
/// the delivery until the last event.
template <typename Delivery>
GenerationSink sinkOf(std::shared_ptr<Delivery> delivery, size_t index) {
  return
      [delivery = std::move(delivery), index](GenerationEvent event) mutable {
        bool isLast = event.end.has_value();
        // Taken first: after the last event the sink may be gone any time.
        std::shared_ptr<Delivery> target =
            isLast ? std::exchange(delivery, nullptr) : delivery;
        Exchange &exchange = target->exchange();
        if (isLast)
          logAnswer(exchange.request().id, index, *event.end);
        exchange.post(
            [target = std::move(target), index, event = std::move(event)] {
              target->onEvent(index, event);
            });
      };
}

/// Sends `comment`, of static storage, whenever `time` has passed, by a timer
/// of the delivery. Every event sets the time anew. The timer does not keep the
/// delivery alive.
template <typename Delivery>
void schedulePing(const std::shared_ptr<Delivery> &delivery,
                  boost::asio::steady_timer &timer,
                  std::chrono::milliseconds time,
                  std::string_view comment = kPingComment) {
  timer.expires_after(time);
  timer.async_wait([weak = std::weak_ptr<Delivery>(delivery), &timer, time,
                    comment](boost::system::error_code error) {
    std::shared_ptr<Delivery> self = weak.lock();
    if (error || !self)
      return;
    self->exchange().send(std::string(comment));
    schedulePing(self, timer, time, comment);
  });
}

inline void cancelAll(Engine &engine, const std::vector<GenerationId> &ids) {
  for (GenerationId id : ids)
    engine.cancel(id);
}

/// The answers end when nobody waits for them, and pause while their client is
/// behind. Until they end they are known by the request's id.
inline void follow(Exchange &exchange, Engine &engine,
                   std::vector<GenerationId> ids) {
  auto entry = std::make_shared<RunningAnswers::Entry>(exchange.running(),
                                                       exchange.request(), ids);
  exchange.onBehind([&engine, ids, entry](bool isBehind) {
    for (GenerationId id : ids)
      engine.setPaused(id, isBehind);
  });
  exchange.onGone([&engine, ids = std::move(ids)] { cancelAll(engine, ids); });
}

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_EVENTSINK_H
