//===- SharedMemory.cpp - A block's shared memory, watched ----------------===//

#include "codegen/emulator/SharedMemory.h"

#include <algorithm>
#include <cstring>

namespace g4 {

constexpr size_t kAlignment = 128;
// A NaN as bf16 and f32, and a large number as i32.
constexpr std::byte kPoison{0xff};

SharedMemory::SharedMemory(size_t bytes, Report report)
    : storage_(bytes + kAlignment), bytes_(bytes), shadow_(bytes),
      report_(std::move(report)) {
  auto address = reinterpret_cast<uintptr_t>(storage_.data());
  data_ = storage_.data() + (kAlignment - address % kAlignment) % kAlignment;
}

void SharedMemory::reset() {
  std::fill(storage_.begin(), storage_.end(), kPoison);
  std::fill(shadow_.begin(), shadow_.end(), Shadow{});
  epoch_ = 1;
}

void SharedMemory::complain(const char *what, int thread, const void *at,
                            const std::string &why) {
  auto offset = static_cast<const std::byte *>(at) - data_;
  report_(std::string(what) + " of shared byte " + std::to_string(offset) +
          " by thread " + std::to_string(thread) + ": " + why);
}

SharedMemory::Shadow *SharedMemory::check(const char *what, int thread,
                                          const void *at, size_t bytes,
                                          size_t alignment) {
  const auto *first = static_cast<const std::byte *>(at);
  if (first < data_ || first + bytes > data_ + bytes_) {
    complain(what, thread, at, "outside of " + std::to_string(bytes_));
    return nullptr;
  }
  if (reinterpret_cast<uintptr_t>(at) % alignment != 0) {
    complain(what, thread, at,
             "not aligned to " + std::to_string(alignment) + " bytes");
    return nullptr;
  }
  return &shadow_[first - data_];
}

void SharedMemory::read(int thread, const void *from, size_t bytes,
                        size_t alignment) {
  Shadow *shadow = check("read", thread, from, bytes, alignment);
  for (size_t i = 0; shadow && i < bytes; ++i) {
    Shadow &s = shadow[i];
    if (s.copier != kNobody)
      return complain("read", thread, from, "an async copy is under way");
    if (s.writer == kNobody)
      return complain("read", thread, from, "nobody wrote it");
    if (s.writer != thread && s.writeEpoch == epoch_)
      return complain("read", thread, from,
                      "thread " + std::to_string(s.writer) +
                          " wrote it and no barrier followed");
    bool sameReader = s.readEpoch != epoch_ || s.reader == thread;
    s.reader = sameReader ? thread : kSeveral;
    s.readEpoch = epoch_;
  }
}

void SharedMemory::write(int thread, void *to, size_t bytes, size_t alignment) {
  Shadow *shadow = check("write", thread, to, bytes, alignment);
  for (size_t i = 0; shadow && i < bytes; ++i) {
    Shadow &s = shadow[i];
    if (s.copier != kNobody)
      return complain("write", thread, to, "an async copy is under way");
    if (s.writer != kNobody && s.writer != thread && s.writeEpoch == epoch_)
      return complain("write", thread, to,
                      "thread " + std::to_string(s.writer) +
                          " wrote it and no barrier followed");
    if (s.reader != kNobody && s.reader != thread && s.readEpoch == epoch_)
      return complain("write", thread, to,
                      "another thread read it and no barrier followed");
    s.writer = thread;
    s.writeEpoch = epoch_;
  }
}

void SharedMemory::beginCopy(int thread, void *to, size_t bytes) {
  write(thread, to, bytes, 16);
  Shadow *shadow = check("copy", thread, to, bytes, 16);
  for (size_t i = 0; shadow && i < bytes; ++i)
    shadow[i].copier = thread;
}

void SharedMemory::landCopy(int thread, void *to, const std::byte *from,
                            size_t bytes) {
  Shadow *shadow = check("copy", thread, to, bytes, 16);
  if (!shadow)
    return;
  std::memcpy(to, from, bytes);
  for (size_t i = 0; i < bytes; ++i) {
    shadow[i].copier = kNobody;
    shadow[i].writer = thread;
    shadow[i].writeEpoch = epoch_;
  }
}

} // namespace g4
