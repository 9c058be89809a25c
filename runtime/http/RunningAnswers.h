//===- RunningAnswers.h - Which answers a request has -----------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_RUNNINGANSWERS_H
#define G4_RUNTIME_HTTP_RUNNINGANSWERS_H

#include "runtime/engine/Engine.h"
#include "runtime/http/HttpMessage.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace g4rt {

/// The answers of requests that run, by the request's id, for their own key
/// alone. Any thread. Outlives its entries.
class RunningAnswers {
public:
  /// They run as long as the entry lives.
  class Entry {
  public:
    Entry(RunningAnswers &all, const HttpRequest &from,
          std::vector<GenerationId> ids);
    ~Entry();
    Entry(const Entry &) = delete;
    Entry &operator=(const Entry &) = delete;

  private:
    friend class RunningAnswers;

    RunningAnswers &all_;
    const std::string request_;
    const std::shared_ptr<KeyAccount> account_; // null: there are no keys
    const std::vector<GenerationId> ids_;
  };

  /// Those of the request of this id, if `asking` has the same key; none if
  /// there is no such.
  std::vector<GenerationId> idsOf(const std::string &request,
                                  const HttpRequest &asking) const;

private:
  mutable std::mutex mutex_;
  std::multimap<std::string, const Entry *> entries_; // guarded
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_RUNNINGANSWERS_H
