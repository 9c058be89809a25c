//===- KeyCheck.h - Who may use which endpoint ------------------*- C++ -*-===//
//
// Keys are words that clients send with each request. What is compared is
// compared whole, over all keys, so that the time says nothing of how near a
// guess was. No key is ever logged or sent.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_KEYCHECK_H
#define G4_RUNTIME_HTTP_KEYCHECK_H

#include "runtime/base/Status.h"
#include "runtime/http/KeyAccount.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

inline constexpr size_t kMaxKeyBytes = 256;

/// What an endpoint asks of its client.
enum class Access {
  Open, // no key
  User, // any key, where there are keys of users
  Admin // a key of an administrator; of a user, where there are no others
};

struct Keys {
  std::vector<std::string> users = {};
  std::vector<std::string> admins = {};
  /// Of users that have rules of their own, by key; those of all others.
  std::map<std::string, KeyRules> rules = {};
  KeyRules commonRules = {};
};

/// Success if `key` can be one: 1 to 256 printable characters of ASCII, no
/// blank. The message does not hold it.
Status checkKey(std::string_view key);

/// The key in the values of the fields Authorization and X-Api-Key, of which
/// the first that is not empty decides; "" if there is none.
std::string_view keyOfFields(std::string_view authorization,
                             std::string_view apiKey);

enum class KeyVerdict {
  Allowed,
  Unknown,  // no key, or one that nobody has
  TooLittle // a user's key at an administrator's door
};

/// Any thread.
class KeyCheck {
public:
  /// Every key has passed checkKey.
  explicit KeyCheck(const Keys &keys);
  KeyCheck(const KeyCheck &) = delete;
  KeyCheck &operator=(const KeyCheck &) = delete;
  ~KeyCheck();

  /// From the next request on these keys hold, and no others. What is counted
  /// of a key that stays goes on. One thread at a time.
  void replace(const Keys &keys);

  /// Takes the same time for each `key`.
  KeyVerdict check(std::string_view key, Access needed) const;

  /// What the key may have, and has had; null of a key that nobody has. Takes
  /// the same time for each `key`.
  std::shared_ptr<KeyAccount> accountOf(std::string_view key) const;

private:
  struct Table;

  std::shared_ptr<KeyAccount> openAccount(const std::string &key,
                                          const KeyRules &rules);

  std::atomic<std::shared_ptr<const Table>> table_;
  std::map<std::string, std::shared_ptr<KeyAccount>> accounts_; // replace()'s
  uint64_t numAccounts_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_KEYCHECK_H
