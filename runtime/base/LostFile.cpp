//===- LostFile.cpp - The end of a process whose file was cut -------------===//

#include "runtime/base/LostFile.h"

#include "runtime/base/Log.h"
#include "runtime/base/Printable.h"
#include "runtime/base/TryWrite.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <unistd.h>

namespace g4rt {

namespace {

/// A text that a signal handler can read: no memory is asked for.
struct FixedText {
  std::array<char, 512> bytes{};
  size_t size = 0;

  void append(std::string_view text) {
    size_t count = std::min(text.size(), bytes.size() - size);
    std::copy_n(text.begin(), count, bytes.begin() + size);
    size += count;
  }
  void append(uint64_t number) {
    char digits[20];
    size_t count = 0;
    do
      digits[count++] = static_cast<char>('0' + number % 10);
    while (number /= 10);
    std::reverse(digits, digits + count);
    append({digits, count});
  }
  std::string_view view() const { return {bytes.data(), size}; }
};

/// A mapping whose pages may be lost. `begin` is 0 while nobody has the place,
/// and is written last, so that the handler sees the rest.
struct Watched {
  std::atomic<uintptr_t> begin{0};
  uintptr_t end = 0;
  FixedText path;
};

// A signal handler knows nothing but globals.
std::array<Watched, 64> watched;
std::mutex writing; // of watched; the handler takes no lock
FixedText prefix;
int exitCode;
struct sigaction oldBus, oldSegv;

uintptr_t addressOf(const std::byte *at) {
  return reinterpret_cast<uintptr_t>(at);
}

const Watched *findMapping(uintptr_t address) {
  for (const Watched &place : watched) {
    uintptr_t begin = place.begin.load(std::memory_order_acquire);
    if (begin != 0 && begin <= address && address < place.end)
      return &place;
  }
  return nullptr;
}

void onLostPage(int signal, siginfo_t *info, void *) {
  auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  const Watched *place = findMapping(address);
  if (!place) { // the instruction runs again, and the signal with it
    ::sigaction(signal, signal == SIGBUS ? &oldBus : &oldSegv, nullptr);
    return;
  }
  FixedText line = prefix;
  line.append(place->path.view());
  line.append(": byte ");
  line.append(static_cast<uint64_t>(address - place->begin.load()));
  line.append(" cannot be read: the file was cut, or its disk is gone\n");
  (void)tryWrite(logDescriptor(), line.view());
  ::_exit(exitCode);
}

} // namespace

void endOnLostFile(std::string_view text, int code) {
  prefix.append(text);
  exitCode = code;
  (void)logDescriptor(); // made now: a handler makes nothing
  struct sigaction action = {};
  action.sa_sigaction = onLostPage;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, &oldBus);
  ::sigaction(SIGSEGV, &action, &oldSegv);
}

void watchMapping(std::span<const std::byte> pages, const std::string &path) {
  std::lock_guard lock(writing);
  for (Watched &place : watched) {
    if (place.begin.load(std::memory_order_relaxed) != 0)
      continue;
    place.end = addressOf(pages.data()) + pages.size();
    place.path = {};
    place.path.append(printable(path));
    place.begin.store(addressOf(pages.data()), std::memory_order_release);
    return;
  }
}

void forgetMapping(std::span<const std::byte> pages) {
  std::lock_guard lock(writing);
  for (Watched &place : watched)
    if (place.begin.load(std::memory_order_relaxed) == addressOf(pages.data()))
      place.begin.store(0, std::memory_order_release);
}

} // namespace g4rt
