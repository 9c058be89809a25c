//===- ResponseStore.cpp - Responses that requests go on from -------------===//

#include "runtime/http/openai/ResponseStore.h"

#include <utility>

namespace g4rt {

/// Of the memory for clients.
constexpr size_t kShare = 16;

// As deep as the parser lets values be.
static size_t heldBytes(const Value &value) {
  size_t numBytes = sizeof(Value);
  if (const std::string *text = value.string())
    numBytes += text->size();
  if (const Number *number = value.number())
    numBytes += number->text.size();
  if (const ValueList *list = value.list())
    for (const Value &element : *list)
      numBytes += heldBytes(element);
  if (const ValueMap *map = value.map())
    for (const Member &member : *map)
      numBytes +=
          sizeof(std::string) + member.key.size() + heldBytes(member.value);
  return numBytes;
}

size_t heldBytes(const Message &message) {
  size_t numBytes = sizeof(Message) + message.thought.size();
  for (const ContentPart &part : message.content.parts)
    numBytes += sizeof(part) + part.text.size();
  for (const ToolCall &call : message.toolCalls)
    numBytes += sizeof(call) + call.name.size() + heldBytes(call.arguments);
  for (const ToolResponse &response : message.toolResponses)
    numBytes += sizeof(response) + heldBytes(response.response);
  return numBytes;
}

static size_t heldBytes(const StoredResponse &response) {
  size_t numBytes = sizeof(StoredResponse) + response.json.size();
  for (const Message &message : response.messages)
    numBytes += heldBytes(message);
  return numBytes;
}

void ResponseStore::dropOldest() {
  Entry &oldest = entries_.back();
  numBytes_ -= oldest.lease.size();
  byId_.erase(oldest.id);
  entries_.pop_back();
}

bool ResponseStore::makeRoom(size_t numBytes, MemoryPool::Lease &lease) {
  size_t most = memory_.capacity() / kShare;
  if (numBytes > most)
    return false;
  while (!entries_.empty() &&
         (numBytes_ + numBytes > most || entries_.size() >= kMaxResponses))
    dropOldest();
  return lease.resize(numBytes);
}

void ResponseStore::put(const std::string &id, StoredResponse response) {
  std::lock_guard lock(mutex_);
  size_t numBytes = heldBytes(response);
  MemoryPool::Lease lease(memory_);
  if (byId_.contains(id) || !makeRoom(numBytes, lease))
    return;
  entries_.push_front(
      {id, std::make_shared<const StoredResponse>(std::move(response)),
       std::move(lease)});
  byId_[id] = entries_.begin();
  numBytes_ += numBytes;
}

std::shared_ptr<const StoredResponse>
ResponseStore::find(const std::string &id) {
  std::lock_guard lock(mutex_);
  auto found = byId_.find(id);
  if (found == byId_.end())
    return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->response;
}

bool ResponseStore::erase(const std::string &id) {
  std::lock_guard lock(mutex_);
  auto found = byId_.find(id);
  if (found == byId_.end())
    return false;
  numBytes_ -= found->second->lease.size();
  entries_.erase(found->second);
  byId_.erase(found);
  return true;
}

size_t ResponseStore::numBytes() const {
  std::lock_guard lock(mutex_);
  return numBytes_;
}

} // namespace g4rt
