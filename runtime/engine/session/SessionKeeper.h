//===- SessionKeeper.h - Pages between the pools and files ------*- C++ -*-===//
//
// Copies what the prefix cache keeps to a SessionStore, and what sequences
// begin with back, between steps. A step waits for no disk; it waits while
// memory is copied, of which there is a bounded part each time: what one file
// has (kFileBytes or a page) on the way out, what has been read (some MiB) on
// the way in.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_SESSION_SESSIONKEEPER_H
#define G4_RUNTIME_ENGINE_SESSION_SESSIONKEEPER_H

#include "runtime/engine/SlotCommand.h"
#include "runtime/engine/session/SessionStore.h"
#include "runtime/exec/Executor.h"
#include "runtime/scheduler/Scheduler.h"

#include <memory>

namespace g4rt {

/// Of this executor's pages. `model` says what computes them: digest, target,
/// version.
SessionFormat sessionFormatOf(const Executor &executor, std::string model);

/// Of one thread, the engine's. Borrows executor and scheduler.
class SessionKeeper {
public:
  /// Pages of a file together, or one page if that is more.
  static constexpr uint64_t kFileBytes = uint64_t{1} << 20;

  SessionKeeper(std::unique_ptr<SessionStore> store, Executor &executor)
      : store_(std::move(store)), executor_(executor) {}

  SessionStore &store() { return *store_; }

  /// Before a step is planned: puts what was read into its pages. Errors: those
  /// of Executor::writePage.
  Status takeRead(Scheduler &scheduler);
  /// A step is planned: begins to read what it asks for.
  void beginReads(const ScheduledStep &step);
  /// Hands a file's worth of the prefix cache to the store; false if there is
  /// nothing to save, or no room for it now. Errors: those of
  /// Executor::readPage.
  Result<bool> saveSome(Scheduler &scheduler);

  /// Between two steps; `sink` is called now or by a later takeRead(). The step
  /// after a Save waits until memory is copied.
  void run(const SlotCommand &command, Scheduler &scheduler, SlotSink sink);
  /// Commands whose sinks were not called.
  int64_t numOpenCommands() const { return numOpen_; }

private:
  Result<std::vector<std::byte>> contentOf(const UnsavedPages &part,
                                           const SessionHead &head);
  Status save(const SlotCommand &command, Scheduler &scheduler,
              const SlotSink &sink);
  Status restore(const SlotCommand &command, Scheduler &scheduler,
                 const SlotSink &sink);
  Status erase(const SlotCommand &command, Scheduler &scheduler,
               const SlotSink &sink);
  Status place(const Scheduler &scheduler, const ReadPage &page);
  int64_t mostPages() const;

  std::unique_ptr<SessionStore> store_;
  Executor &executor_;
  int64_t numOpen_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_SESSION_SESSIONKEEPER_H
