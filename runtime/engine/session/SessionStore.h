//===- SessionStore.h - Prefixes in the files of a folder -------*- C++ -*-===//
//
//   FOLDER/<checksum of the model>/<checksum of the prefix>.g4s
//   FOLDER/<name>   by save(): never removed, and no part of the limit
//
// All reading and writing is done by a thread of its own, one job after the
// other; who calls never waits for a disk. What is in the files is known in
// memory (SessionIndex.h), from their heads at the start. Where they get too
// large those go first that were not used for the longest time; a prefix counts
// as used when one that begins with it is.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_SESSION_SESSIONSTORE_H
#define G4_RUNTIME_ENGINE_SESSION_SESSIONSTORE_H

#include "runtime/engine/session/SessionFile.h"
#include "runtime/engine/session/SessionIndex.h"
#include "runtime/scheduler/Scheduler.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace g4rt {

struct SessionStoreOptions {
  std::string folder = {};
  /// Of all files of this model, at most.
  uint64_t maxBytes = uint64_t{20} << 30;
};

/// A page that was asked for, or the end of a request.
struct ReadPage {
  RestoreId id{};
  PageKind kind = PageKind::Global;
  int64_t number = 0;
  std::vector<std::byte> bytes = {};
  /// Set in the last one of a request, which has no page: whether all others
  /// came.
  std::optional<bool> isComplete = {};
};

/// What has become of save() or load().
struct SessionDone {
  Status error = {};
  SessionHead head = {};
  uint64_t bytes = 0;
  double seconds = 0;
};
using SessionSink = std::function<void(SessionDone)>;

/// Errors: InvalidArgument if no file of the folder can have that name: it must
/// have 1 to 200 characters of ASCII letters, digits, "-", "_" and ".", and not
/// begin with ".".
Status checkSessionName(std::string_view name);

struct SessionCounts {
  int64_t numFiles = 0;
  uint64_t bytes = 0;
  // Since the start.
  uint64_t numRefused = 0; // files of others, damaged ones
  uint64_t numWriteErrors = 0;
};

/// All functions are for one thread.
class SessionStore {
public:
  /// Makes the folder where there is none, and reads the heads of its files.
  /// Files of this model that are refused are removed. Errors: InvalidArgument
  /// if the folder cannot be made or read.
  static Result<std::unique_ptr<SessionStore>>
  open(const SessionStoreOptions &options, const SessionFormat &format);
  /// Ends after all jobs.
  ~SessionStore();
  SessionStore(const SessionStore &) = delete;
  SessionStore &operator=(const SessionStore &) = delete;

  const SessionFormat &format() const { return format_; }
  /// As Scheduler wants it.
  int64_t numStored(const std::string &salt, std::span<const int32_t> tokens,
                    int64_t most) const {
    return index_.find(salt, tokens, most).numTokens;
  }

  /// Begins to read what `restore` asks for; its pages come in takeRead().
  void read(const ScheduledRestore &restore);
  /// Nobody wants its other pages any more.
  void cancelRead(RestoreId id);
  /// The pages that have come, in their order; no more than some MiB at once.
  std::vector<ReadPage> takeRead();

  /// Whether there is memory for one more write.
  bool canWrite();
  /// `data` as in writeSession().
  void write(SessionHead head, std::vector<std::byte> data);

  /// Writes a file with a name that was checked. `sink` is called by one of the
  /// functions here that say what came of jobs: takeRead(), canWrite(),
  /// counts(). Errors: those of writeSession().
  void save(const std::string &name, SessionHead head,
            std::vector<std::byte> data, SessionSink sink);
  /// Looks at all pages of such a file; from then on sequences can begin with
  /// it. Errors: those of SessionReader.
  void load(const std::string &name, SessionSink sink);

  /// Waits until something has been read, or for so long.
  void waitForRead(std::chrono::milliseconds patience);
  /// Waits until nothing is left to be done.
  void waitUntilIdle();
  SessionCounts counts();

private:
  struct File {
    std::string path;
    uint64_t bytes = 0;
    uint64_t lastUse = 0;
    bool isNamed = false; // by a client
  };
  class OpenSession;
  /// A page to be read and where it is.
  struct Wanted {
    std::string path;
    PageKind kind;
    int64_t number;
  };

  SessionStore(const SessionStoreOptions &options, std::string folder,
               const SessionFormat &format);
  Status scan();
  void refuse(const Status &why);
  void addFile(File file, const SessionHead &head);
  void removeFile(const std::string &path, bool isThere);
  void useFilesOf(const StoredPages &stored);
  void makeRoom();
  std::string pathOf(const std::string &name) const {
    return folder_ + "/" + name;
  }
  std::string pathOfNamed(const std::string &name) const {
    return namedFolder_ + "/" + name;
  }
  void noteFailure(const std::string &path, const Status &why);
  void noteDone();
  void enqueue(std::function<void()> job);

  // On the thread.
  void run();
  void readAll(const ScheduledRestore &restore,
               const std::vector<Wanted> &wanted);
  bool deliver(ReadPage page);
  /// What is to be done by the thread that calls, with what came of a job.
  void later(std::function<void()> work);
  void fail(const std::string &path, const Status &why);

  const std::string namedFolder_;
  const std::string folder_; // of this model
  const uint64_t maxBytes_;
  const SessionFormat format_;
  SessionIndex index_;
  std::map<SessionFileId, File> files_;
  std::map<std::string, SessionFileId> byPath_;
  uint64_t numBytes_ = 0, clock_ = 0, nextId_ = 0;
  uint64_t numRefused_ = 0, numWriteErrors_ = 0;

  std::mutex mutex_; // guards what follows
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool isBusy_ = false, isStopping_ = false;
  uint64_t bytesToWrite_ = 0, bytesRead_ = 0; // held in memory
  std::vector<ReadPage> read_;
  std::set<RestoreId> reading_; // not cancelled
  std::vector<std::function<void()>> done_;

  std::thread thread_; // last: it uses all of the above
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_SESSION_SESSIONSTORE_H
