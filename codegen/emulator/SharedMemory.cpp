//===- SharedMemory.cpp - A block's shared memory, watched ----------------===//

#include "codegen/emulator/SharedMemory.h"

#include <algorithm>
#include <cstring>

namespace g4 {

constexpr size_t kAlignment = 128;
// A NaN as bf16 and f32, and a large number as i32.
constexpr std::byte kPoison{0xff};

SharedMemory::SharedMemory(size_t bytes, Report report)
    : storage_(bytes + kAlignment), bytes_(bytes), shadow_((bytes + 1) / 2),
      report_(std::move(report)) {
  auto address = reinterpret_cast<uintptr_t>(storage_.data());
  data_ = storage_.data() + (kAlignment - address % kAlignment) % kAlignment;
}

// Epochs go on over blocks, so that nothing but the poison must be written. A
// block that ends with copies under way is the last one that runs.
void SharedMemory::reset() {
  std::fill(storage_.begin(), storage_.end(), kPoison);
  first_ = ++epoch_;
}

void SharedMemory::complain(const char *what, int thread, const void *at,
                            const std::string &why) {
  auto offset = static_cast<const std::byte *>(at) - data_;
  report_(std::string(what) + " of shared byte " + std::to_string(offset) +
          " by thread " + std::to_string(thread) + ": " + why);
}

SharedMemory::Range SharedMemory::check(const char *what, int thread,
                                        const void *at, size_t bytes,
                                        size_t alignment) {
  auto offset = static_cast<size_t>(static_cast<const std::byte *>(at) - data_);
  if (offset > bytes_ || bytes > bytes_ - offset) {
    complain(what, thread, at, "outside of " + std::to_string(bytes_));
    return {};
  }
  if (reinterpret_cast<uintptr_t>(at) % alignment != 0) {
    complain(what, thread, at,
             "not aligned to " + std::to_string(alignment) + " bytes");
    return {};
  }
  return {&shadow_[offset / 2], &shadow_[offset / 2] + (bytes + 1) / 2};
}

void SharedMemory::complainOfRead(int thread, const void *at,
                                  const Shadow &shadow) {
  if (shadow.copier != kNobody)
    return complain("read", thread, at, "an async copy is under way");
  if (shadow.writeEpoch < first_)
    return complain("read", thread, at, "nobody wrote it");
  complain("read", thread, at,
           "thread " + std::to_string(shadow.writer) +
               " wrote it and no barrier followed");
}

void SharedMemory::read(int thread, const void *from, size_t bytes,
                        size_t alignment) {
  Range range = check("read", thread, from, bytes, alignment);
  for (Shadow *s = range.begin; s != range.end; ++s) {
    bool isRace = s->writeEpoch == epoch_ && s->writer != thread;
    if (s->copier != kNobody || s->writeEpoch < first_ || isRace)
      return complainOfRead(thread, from, *s);
    bool isFirst = s->readEpoch != epoch_ || s->reader == thread;
    s->reader = isFirst ? static_cast<int16_t>(thread) : kSeveral;
    s->readEpoch = epoch_;
  }
}

void SharedMemory::complainOfWrite(int thread, const void *at,
                                   const Shadow &shadow) {
  if (shadow.copier != kNobody)
    return complain("write", thread, at, "an async copy is under way");
  if (shadow.writeEpoch == epoch_ && shadow.writer != thread)
    return complain("write", thread, at,
                    "thread " + std::to_string(shadow.writer) +
                        " wrote it and no barrier followed");
  complain("write", thread, at,
           "another thread read it and no barrier followed");
}

void SharedMemory::write(int thread, void *to, size_t bytes, size_t alignment) {
  Range range = check("write", thread, to, bytes, alignment);
  for (Shadow *s = range.begin; s != range.end; ++s) {
    bool isRace = (s->writeEpoch == epoch_ && s->writer != thread) ||
                  (s->readEpoch == epoch_ && s->reader != thread);
    if (s->copier != kNobody || isRace)
      return complainOfWrite(thread, to, *s);
    s->writer = static_cast<int16_t>(thread);
    s->writeEpoch = epoch_;
  }
}

void SharedMemory::beginCopy(int thread, void *to, size_t bytes) {
  write(thread, to, bytes, 16);
  Range range = check("copy", thread, to, bytes, 16);
  for (Shadow *s = range.begin; s != range.end; ++s)
    s->copier = static_cast<int16_t>(thread);
}

void SharedMemory::landCopy(int thread, void *to, const std::byte *from,
                            size_t bytes) {
  Range range = check("copy", thread, to, bytes, 16);
  if (range.begin == range.end)
    return;
  std::memcpy(to, from, bytes);
  for (Shadow *s = range.begin; s != range.end; ++s) {
    s->copier = kNobody;
    s->writer = static_cast<int16_t>(thread);
    s->writeEpoch = epoch_;
  }
}

} // namespace g4
