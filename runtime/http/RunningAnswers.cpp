//===- RunningAnswers.cpp - Which answers a request has -------------------===//

#include "runtime/http/RunningAnswers.h"

#include <utility>

namespace g4rt {

RunningAnswers::Entry::Entry(RunningAnswers &all, const HttpRequest &from,
                             std::vector<GenerationId> ids)
    : all_(all), request_(from.id), account_(from.account),
      ids_(std::move(ids)) {
  std::lock_guard lock(all_.mutex_);
  all_.entries_.emplace(request_, this);
}

RunningAnswers::Entry::~Entry() {
  std::lock_guard lock(all_.mutex_);
  std::erase_if(all_.entries_,
                [this](const auto &entry) { return entry.second == this; });
}

std::vector<GenerationId>
RunningAnswers::idsOf(const std::string &request,
                      const HttpRequest &asking) const {
  std::vector<GenerationId> ids;
  std::lock_guard lock(mutex_);
  auto [begin, end] = entries_.equal_range(request);
  for (auto entry = begin; entry != end; ++entry)
    if (entry->second->account_ == asking.account)
      ids.insert(ids.end(), entry->second->ids_.begin(),
                 entry->second->ids_.end());
  return ids;
}

} // namespace g4rt
