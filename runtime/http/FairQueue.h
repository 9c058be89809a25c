//===- FairQueue.h - Clients take turns -------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_FAIRQUEUE_H
#define G4_RUNTIME_HTTP_FAIRQUEUE_H

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace g4rt {

/// Items of many clients: each client's in order, and one of each client in
/// turn, so that who brings many does not hold up who brings one.
template <typename Item>
class FairQueue {
public:
  bool empty() const { return turns_.empty(); }

  void push(const std::string &client, Item item) {
    std::deque<Item> &items = items_[client];
    items.push_back(std::move(item));
    if (items.size() == 1)
      turns_.push_back(client);
  }

  /// The next item; there is one.
  Item pop() {
    std::string client = std::move(turns_.front());
    turns_.pop_front();
    auto at = items_.find(client);
    Item item = std::move(at->second.front());
    at->second.pop_front();
    if (at->second.empty())
      items_.erase(at);
    else
      turns_.push_back(std::move(client));
    return item;
  }

private:
  std::unordered_map<std::string, std::deque<Item>> items_; // none is empty
  std::deque<std::string> turns_; // clients with items, the next one first
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_FAIRQUEUE_H
