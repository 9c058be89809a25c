//===- SessionKeeper.cpp - Pages between the pools and files --------------===//

#include "runtime/engine/session/SessionKeeper.h"

#include <algorithm>
#include <utility>

namespace g4rt {

SessionFormat sessionFormatOf(const Executor &executor, std::string model) {
  const ExecutorLimits &limits = executor.limits();
  return {.model = std::move(model),
          .pageSize = limits.pageSize,
          .window = limits.window,
          .pageBytes = executor.pageBytes(PageKind::Global),
          .windowPageBytes = executor.pageBytes(PageKind::Window)};
}

Status SessionKeeper::place(const Scheduler &scheduler, const ReadPage &page) {
  auto number = scheduler.pageOf(page.id, page.kind, page.number);
  if (number)
    return executor_.writePage(page.kind, *number, page.bytes);
  store_->cancelRead(page.id);
  return Status();
}

Status SessionKeeper::takeRead(Scheduler &scheduler) {
  for (const ReadPage &page : store_->takeRead()) {
    if (page.isComplete)
      scheduler.endRestore(page.id, *page.isComplete);
    else
      G4RT_TRY(place(scheduler, page));
  }
  return Status();
}

void SessionKeeper::beginReads(const ScheduledStep &step) {
  for (const ScheduledRestore &restore : step.restores)
    store_->read(restore);
}

int64_t SessionKeeper::mostPages() const {
  const SessionFormat &format = store_->format();
  return std::max<int64_t>(
      static_cast<int64_t>(kFileBytes /
                           (format.pageBytes + format.windowPageBytes)),
      1);
}

static SessionHead headOf(const UnsavedPages &part) {
  return {.salt = part.salt,
          .tokens = part.tokens,
          .firstPage = part.firstPage,
          .firstWindowPage = part.firstWindowPage};
}

Result<std::vector<std::byte>>
SessionKeeper::contentOf(const UnsavedPages &part, const SessionHead &head) {
  const SessionFormat &format = store_->format();
  std::vector<std::byte> data(sessionDataBytes(format, head));
  std::span<std::byte> rest(data);
  auto read = [&](PageKind kind, int32_t page, uint64_t bytes) {
    Status status = executor_.readPage(kind, page, rest.first(bytes));
    rest = rest.subspan(bytes);
    return status;
  };
  for (int32_t page : part.pages)
    G4RT_TRY(read(PageKind::Global, page, format.pageBytes));
  for (int32_t page : part.windowPages)
    G4RT_TRY(read(PageKind::Window, page, format.windowPageBytes));
  return data;
}

Result<bool> SessionKeeper::saveSome(Scheduler &scheduler) {
  if (!scheduler.hasUnsaved() || !store_->canWrite())
    return false;
  std::optional<UnsavedPages> part = scheduler.takeUnsaved(mostPages());
  if (!part)
    return false;
  auto numTokens = static_cast<int64_t>(part->tokens.size());
  if (store_->numStored(part->salt, part->tokens, numTokens) == numTokens)
    return true; // it was computed anew, as far as it was not restored
  SessionHead head = headOf(*part);
  G4RT_ASSIGN(std::vector<std::byte> data, contentOf(*part, head));
  store_->write(std::move(head), std::move(data));
  return true;
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

void SessionKeeper::run(const SlotCommand &command, Scheduler &scheduler,
                        SlotSink sink) {
  auto start = [&]() -> Status {
    int64_t numSlots = scheduler.slots().numSlots();
    if (command.slot < 0 || command.slot >= numSlots)
      return Status(StatusCode::InvalidArgument,
                    "slot " + std::to_string(command.slot) + ": needs 0 to " +
                        std::to_string(numSlots - 1));
    switch (command.action) {
    case SlotAction::Save:
      return save(command, scheduler, sink);
    case SlotAction::Restore:
      return restore(command, scheduler, sink);
    case SlotAction::Erase:
      return erase(command, scheduler, sink);
    }
    return Status();
  };
  if (Status status = start(); !status.ok())
    sink({.error = std::move(status)});
}

static Status isEmptySlot(const SlotCommand &command) {
  return Status(StatusCode::InvalidArgument,
                "slot " + std::to_string(command.slot) + ": has no tokens");
}

static Status checkFree(const SlotCommand &command,
                        const Scheduler &scheduler) {
  return scheduler.isInUse(command.slot)
             ? Status(StatusCode::InvalidArgument,
                      "slot " + std::to_string(command.slot) + ": is in use")
             : Status();
}

static SlotReport reportOf(const SessionDone &done) {
  return {.error = done.error,
          .numTokens = std::ssize(done.head.tokens),
          .bytes = done.bytes,
          .seconds = done.seconds};
}

Status SessionKeeper::save(const SlotCommand &command, Scheduler &scheduler,
                           const SlotSink &sink) {
  G4RT_TRY(checkSessionName(command.file));
  std::optional<UnsavedPages> part = scheduler.slotPages(command.slot);
  if (!part)
    return isEmptySlot(command);
  SessionHead head = headOf(*part);
  G4RT_ASSIGN(std::vector<std::byte> data, contentOf(*part, head));
  ++numOpen_;
  store_->save(command.file, std::move(head), std::move(data),
               [this, sink](const SessionDone &done) {
                 --numOpen_;
                 sink(reportOf(done));
               });
  return Status();
}

Status SessionKeeper::restore(const SlotCommand &command, Scheduler &scheduler,
                              const SlotSink &sink) {
  G4RT_TRY(checkSessionName(command.file));
  G4RT_TRY(checkFree(command, scheduler));
  ++numOpen_;
  store_->load(command.file, [this, &scheduler, slot = command.slot,
                              sink](const SessionDone &done) {
    --numOpen_;
    if (done.error.ok() && !scheduler.isInUse(slot))
      scheduler.setSlotPrefix(slot, {done.head.salt, done.head.tokens});
    sink(reportOf(done));
  });
  return Status();
}

Status SessionKeeper::erase(const SlotCommand &command, Scheduler &scheduler,
                            const SlotSink &sink) {
  G4RT_TRY(checkFree(command, scheduler));
  int64_t numTokens = std::ssize(scheduler.slotPrefix(command.slot).tokens);
  scheduler.eraseSlot(command.slot);
  sink({.numTokens = numTokens});
  return Status();
}

} // namespace g4rt
