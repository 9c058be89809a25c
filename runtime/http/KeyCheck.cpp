//===- KeyCheck.cpp - Who may use which endpoint --------------------------===//

#include "runtime/http/KeyCheck.h"

#include "runtime/base/Ascii.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace g4rt {

namespace {

/// A key with zeros up to the largest size, which no key holds.
using Padded = std::array<uint8_t, kMaxKeyBytes>;

Padded paddedOf(std::string_view key) {
  Padded out{};
  std::copy_n(key.begin(), std::min(key.size(), out.size()), out.begin());
  return out;
}

/// 1 if the keys are equal, 0 if not; reads all of both.
uint32_t areEqual(const Padded &a, const Padded &b) {
  uint32_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<uint32_t>(a[i] ^ b[i]);
  return (difference - 1) >> 31; // differences are below 256
}

/// 1 if `key` is one of `keys`; compares it with each of them.
uint32_t isAmong(const Padded &key, const std::vector<Padded> &keys) {
  uint32_t found = 0;
  for (const Padded &known : keys)
    found |= areEqual(key, known);
  return found;
}

} // namespace

struct KeyCheck::Table {
  std::vector<Padded> users, admins;
  /// Of the users, then of the administrators.
  std::vector<std::shared_ptr<KeyAccount>> accounts;
};

Status checkKey(std::string_view key) {
  bool isPrintable =
      std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
  if (!key.empty() && key.size() <= kMaxKeyBytes && isPrintable)
    return Status();
  return Status(StatusCode::InvalidArgument,
                "a key needs 1 to 256 printable characters of ASCII, no blank");
}

std::string_view keyOfFields(std::string_view authorization,
                             std::string_view apiKey) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.empty())
    return apiKey;
  if (!asciiEqualsNoCase(authorization.substr(0, kScheme.size()), kScheme))
    return {};
  return asciiTrimmed(authorization.substr(kScheme.size()), " ");
}

KeyCheck::KeyCheck(const Keys &keys) { replace(keys); }
KeyCheck::~KeyCheck() = default;

std::shared_ptr<KeyAccount> KeyCheck::openAccount(const std::string &key,
                                                  const KeyRules &rules) {
  std::shared_ptr<KeyAccount> &account = accounts_[key];
  if (account)
    account->setRules(rules);
  else // 0 is everybody without a key
    account = std::make_shared<KeyAccount>(++numAccounts_, key, rules);
  return account;
}

void KeyCheck::replace(const Keys &keys) {
  auto table = std::make_shared<Table>();
  for (const std::string &key : keys.users) {
    auto own = keys.rules.find(key);
    table->users.push_back(paddedOf(key));
    table->accounts.push_back(openAccount(
        key, own == keys.rules.end() ? keys.commonRules : own->second));
  }
  for (const std::string &key : keys.admins) {
    table->admins.push_back(paddedOf(key));
    table->accounts.push_back(openAccount(key, {}));
  }
  std::erase_if(accounts_, [&](const auto &account) {
    return std::ranges::find(table->accounts, account.second) ==
           table->accounts.end();
  });
  table_.store(std::move(table));
}

std::shared_ptr<KeyAccount> KeyCheck::accountOf(std::string_view key) const {
  std::shared_ptr<const Table> table = table_.load();
  bool mayBeKey = !key.empty() && key.size() <= kMaxKeyBytes;
  Padded padded = paddedOf(key);
  size_t found = table->accounts.size(), number = 0;
  for (const std::vector<Padded> *keys : {&table->users, &table->admins})
    for (const Padded &known : *keys) {
      size_t mask = size_t{0} - areEqual(padded, known);
      found = (found & ~mask) | (number & mask);
      ++number;
    }
  return mayBeKey && found < table->accounts.size() ? table->accounts[found]
                                                    : nullptr;
}

KeyVerdict KeyCheck::check(std::string_view key, Access needed) const {
  if (needed == Access::Open)
    return KeyVerdict::Allowed;
  std::shared_ptr<const Table> table = table_.load();
  // A key that is too long is none, but is compared like any other.
  uint32_t mayBeKey = !key.empty() && key.size() <= kMaxKeyBytes;
  Padded padded = paddedOf(key);
  uint32_t isUser = mayBeKey & isAmong(padded, table->users);
  uint32_t isAdmin = mayBeKey & isAmong(padded, table->admins);
  bool isGuarded = !table->users.empty();
  bool hasAdmins = needed == Access::Admin && !table->admins.empty();
  if (isAdmin || (!isGuarded && !hasAdmins))
    return KeyVerdict::Allowed;
  if (!isUser)
    return KeyVerdict::Unknown;
  return hasAdmins ? KeyVerdict::TooLittle : KeyVerdict::Allowed;
}

} // namespace g4rt
