//===- SessionStore.cpp - Prefixes in the files of a folder ---------------===//

#include "runtime/engine/session/SessionStore.h"

#include "runtime/base/Checksum.h"
#include "runtime/base/Elapsed.h"
#include "runtime/base/Log.h"
#include "runtime/kv/CommonLength.h"

#include <algorithm>
#include <filesystem>
#include <ranges>
#include <unistd.h>
#include <utility>

namespace g4rt {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".g4s";
/// Pages that were read and not taken yet, and files that wait to be written,
/// hold no more memory than that, and one more.
constexpr uint64_t kMostReadBytes = uint64_t{16} << 20;
constexpr uint64_t kMostBytesToWrite = uint64_t{128} << 20;

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

static StepLimits limitsOf(const SessionFormat &format) {
  return {.pageSize = format.pageSize, .window = format.window};
}

SessionStore::SessionStore(const SessionStoreOptions &options,
                           std::string folder, const SessionFormat &format)
    : namedFolder_(options.folder), folder_(std::move(folder)),
      maxBytes_(options.maxBytes), format_(format), index_(limitsOf(format)),
      thread_([this] { run(); }) {}

Result<std::unique_ptr<SessionStore>>
SessionStore::open(const SessionStoreOptions &options,
                   const SessionFormat &format) {
  std::string model = hexOf(checksum(std::as_bytes(std::span(format.model))));
  std::string folder = options.folder + "/" + model;
  std::error_code error;
  bool isNew = !fs::exists(options.folder, error);
  if (fs::create_directories(folder, error); error)
    return Status(StatusCode::InvalidArgument,
                  "making the folder of sessions " + folder + ": " +
                      error.message());
  // They hold what users said.
  if (isNew)
    fs::permissions(options.folder, fs::perms::owner_all, error);
  std::unique_ptr<SessionStore> store(
      new SessionStore(options, folder, format));
  G4RT_TRY(store->scan());
  return store;
}

/// Errors: InvalidArgument if the folder cannot be read.
Status SessionStore::scan() {
  std::vector<std::pair<fs::file_time_type, std::string>> names;
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end;
       it.increment(error))
    if (it->path().extension() == kEnding)
      names.emplace_back(it->last_write_time(error),
                         it->path().filename().string());
  if (error)
    return Status(StatusCode::InvalidArgument,
                  "reading the folder of sessions " + folder_ + ": " +
                      error.message());
  std::ranges::sort(names);
  for (const auto &[time, name] : names) {
    auto reader = SessionReader::open(pathOf(name), format_);
    if (!reader) {
      refuse(reader.error());
      fs::remove(pathOf(name), error);
      continue;
    }
    addFile({.path = pathOf(name), .bytes = reader->sizeBytes()},
            reader->head());
  }
  makeRoom();
  logEvent(LogLevel::Info, "sessions", "opened",
           {{"folder", folder_},
            {"files", std::to_string(files_.size())},
            {"bytes", std::to_string(numBytes_)},
            {"refused", std::to_string(numRefused_)}});
  return Status();
}

SessionStore::~SessionStore() {
  {
    std::lock_guard lock(mutex_);
    isStopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

//===----------------------------------------------------------------------===//
// Which files there are
//===----------------------------------------------------------------------===//

void SessionStore::refuse(const Status &why) {
  ++numRefused_;
  logEvent(LogLevel::Warning, "sessions", "refused", {{"why", why.message()}});
}

void SessionStore::addFile(File file, const SessionHead &head) {
  removeFile(file.path, /*isThere=*/false);
  SessionFileId id{++nextId_};
  index_.add(id, head);
  byPath_.emplace(file.path, id);
  if (!file.isNamed)
    numBytes_ += file.bytes;
  files_.emplace(id, std::move(file));
  useFilesOf(index_.find(head.salt, head.tokens, std::ssize(head.tokens)));
  // Also where it is of no use without others that are lost.
  files_.at(id).lastUse = std::max(files_.at(id).lastUse, clock_);
}

void SessionStore::removeFile(const std::string &path, bool isThere) {
  auto entry = byPath_.find(path);
  if (entry == byPath_.end())
    return;
  index_.remove(entry->second);
  auto file = files_.find(entry->second);
  bool isNamed = file->second.isNamed;
  if (!isNamed)
    numBytes_ -= file->second.bytes;
  files_.erase(file);
  byPath_.erase(entry);
  if (isThere && !isNamed)
    enqueue([path] { ::unlink(path.c_str()); });
}

/// The first ones last: without them the others are of no use.
void SessionStore::useFilesOf(const StoredPages &stored) {
  for (SessionFileId id : std::ranges::reverse_view(stored.pages))
    files_.at(id).lastUse = ++clock_;
}

void SessionStore::makeRoom() {
  while (numBytes_ > maxBytes_) {
    auto oldest = std::ranges::min_element(files_, {}, [](const auto &file) {
      return std::pair(file.second.isNamed, file.second.lastUse);
    });
    std::string path = oldest->second.path;
    removeFile(path, /*isThere=*/true);
  }
}

void SessionStore::noteFailure(const std::string &path, const Status &why) {
  bool isWrite = why.code() == StatusCode::ResourceExhausted ||
                 why.code() == StatusCode::InvalidArgument;
  if (!isWrite)
    refuse(why);
  else if (numWriteErrors_++ == 0) // the next ones will fail as well
    logEvent(LogLevel::Error, "sessions", "not_written",
             {{"why", why.message()}});
  removeFile(path, /*isThere=*/true);
}

/// What came of jobs is known from now on.
void SessionStore::noteDone() {
  std::unique_lock lock(mutex_);
  auto done = std::exchange(done_, {});
  lock.unlock();
  for (const std::function<void()> &work : done)
    work();
}

SessionCounts SessionStore::counts() {
  noteDone();
  return {.numFiles = std::ssize(files_),
          .bytes = numBytes_,
          .numRefused = numRefused_,
          .numWriteErrors = numWriteErrors_};
}

//===----------------------------------------------------------------------===//
// Jobs
//===----------------------------------------------------------------------===//

void SessionStore::enqueue(std::function<void()> job) {
  std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  changed_.notify_all();
}

void SessionStore::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !jobs_.empty() || isStopping_; });
    if (jobs_.empty())
      return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    isBusy_ = true;
    lock.unlock();
    job();
    job = nullptr; // its memory, too, before it counts as done
    lock.lock();
    isBusy_ = false;
    changed_.notify_all();
  }
}

void SessionStore::waitUntilIdle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return jobs_.empty() && !isBusy_; });
}

void SessionStore::later(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  done_.push_back(std::move(work));
  changed_.notify_all();
}

void SessionStore::fail(const std::string &path, const Status &why) {
  later([this, path, why] { noteFailure(path, why); });
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

bool SessionStore::canWrite() {
  noteDone();
  std::lock_guard lock(mutex_);
  return bytesToWrite_ < kMostBytesToWrite;
}

static std::string nameOf(const SessionHead &head) {
  ChecksumStream stream;
  stream.update(std::as_bytes(std::span(head.salt)));
  stream.update(std::as_bytes(std::span(&head.firstPage, 1)));
  stream.update(std::as_bytes(std::span(head.tokens)));
  return hexOf(stream.digest()) + std::string(kEnding);
}

void SessionStore::write(SessionHead head, std::vector<std::byte> data) {
  std::string path = pathOf(nameOf(head));
  addFile({.path = path, .bytes = sessionFileBytes(format_, head)}, head);
  {
    std::lock_guard lock(mutex_);
    bytesToWrite_ += data.size();
  }
  auto job = [this, path, head = std::move(head),
              data =
                  std::make_shared<std::vector<std::byte>>(std::move(data))] {
    if (Status status = writeSession(path, format_, head, *data); !status.ok())
      fail(path, status);
    std::lock_guard lock(mutex_);
    bytesToWrite_ -= data->size();
  };
  enqueue(std::move(job));
  makeRoom();
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

void SessionStore::read(const ScheduledRestore &restore) {
  int64_t numTokens = std::ssize(restore.tokens);
  StoredPages stored = index_.find(restore.salt, restore.tokens, numTokens);
  useFilesOf(stored);
  std::vector<Wanted> wanted;
  auto want = [&](PageKind kind, int64_t number, SessionFileId file) {
    wanted.push_back({files_.at(file).path, kind, number});
  };
  for (int64_t page = restore.firstPage; page < std::ssize(stored.pages);
       ++page)
    want(PageKind::Global, page, stored.pages[static_cast<size_t>(page)]);
  for (size_t i = 0; i < stored.windowPages.size(); ++i)
    want(PageKind::Window, stored.firstWindowPage + static_cast<int64_t>(i),
         stored.windowPages[i]);
  if (stored.numTokens < numTokens) // files are lost since it was planned
    wanted.clear();
  {
    std::lock_guard lock(mutex_);
    reading_.insert(restore.id);
  }
  enqueue([this, restore, wanted = std::move(wanted)] {
    readAll(restore, wanted);
  });
}

/// The pages of one file, which must be of this prefix.
class SessionStore::OpenSession {
public:
  static Result<OpenSession> open(const std::string &path,
                                  const SessionFormat &format,
                                  const ScheduledRestore &restore) {
    G4RT_ASSIGN(SessionReader reader, SessionReader::open(path, format));
    reader.touch();
    int64_t common = commonLength(reader.head().tokens, restore.tokens);
    return OpenSession{std::move(reader), common};
  }

  /// Errors: DataLoss.
  Result<std::vector<std::byte>> read(const Wanted &wanted, int64_t pageSize,
                                      const ScheduledRestore &restore) const {
    const SessionHead &head = reader_.head();
    int64_t end =
        std::min((wanted.number + 1) * pageSize, std::ssize(restore.tokens));
    if (head.salt != restore.salt || numCommon_ < end ||
        wanted.number < head.firstOf(wanted.kind))
      return Status(StatusCode::DataLoss,
                    wanted.path + ": has another prefix than it had");
    return reader_.read(wanted.kind, wanted.number);
  }

private:
  OpenSession(SessionReader reader, int64_t numCommon)
      : reader_(std::move(reader)), numCommon_(numCommon) {}

  SessionReader reader_;
  int64_t numCommon_; // tokens, with what is restored
};

void SessionStore::readAll(const ScheduledRestore &restore,
                           const std::vector<Wanted> &wanted) {
  std::optional<OpenSession> file;
  bool isComplete = !wanted.empty();
  for (size_t i = 0; i < wanted.size() && isComplete; ++i) {
    const Wanted &page = wanted[i];
    auto read = [&]() -> Result<std::vector<std::byte>> {
      if (i == 0 || wanted[i - 1].path != page.path) {
        G4RT_ASSIGN(file, OpenSession::open(page.path, format_, restore));
      }
      return file->read(page, format_.pageSize, restore);
    };
    Result<std::vector<std::byte>> bytes = read();
    if (!bytes)
      fail(page.path, bytes.error());
    isComplete = bytes && deliver({.id = restore.id,
                                   .kind = page.kind,
                                   .number = page.number,
                                   .bytes = *std::move(bytes)});
  }
  deliver({.id = restore.id, .isComplete = isComplete});
}

/// Waits until there is room for it. False if nobody wants it.
bool SessionStore::deliver(ReadPage page) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return bytesRead_ < kMostReadBytes || isStopping_ ||
           !reading_.contains(page.id);
  });
  if (isStopping_ || !reading_.contains(page.id))
    return false;
  if (page.isComplete)
    reading_.erase(page.id);
  bytesRead_ += page.bytes.size();
  read_.push_back(std::move(page));
  changed_.notify_all();
  return true;
}

void SessionStore::cancelRead(RestoreId id) {
  std::lock_guard lock(mutex_);
  reading_.erase(id);
  changed_.notify_all();
}

std::vector<ReadPage> SessionStore::takeRead() {
  noteDone();
  std::lock_guard lock(mutex_);
  bytesRead_ = 0;
  changed_.notify_all();
  return std::exchange(read_, {});
}

void SessionStore::waitForRead(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience,
                    [this] { return !read_.empty() || !done_.empty(); });
}

//===----------------------------------------------------------------------===//
// Files with names
//===----------------------------------------------------------------------===//

Status checkSessionName(std::string_view name) {
  auto isAllowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  constexpr size_t kMost = 200;
  if (!name.empty() && name.size() <= kMost && name.front() != '.' &&
      std::ranges::all_of(name, isAllowed))
    return Status();
  return Status(StatusCode::InvalidArgument,
                "filename: needs 1 to 200 characters of a-z, A-Z, 0-9, '-', "
                "'_' and '.', the first one no '.'");
}

void SessionStore::save(const std::string &name, SessionHead head,
                        std::vector<std::byte> data, SessionSink sink) {
  // One that is replaced has another prefix from now on.
  removeFile(pathOfNamed(name), /*isThere=*/false);
  enqueue([this, path = pathOfNamed(name), head = std::move(head),
           data = std::make_shared<std::vector<std::byte>>(std::move(data)),
           sink = std::move(sink)] {
    auto start = std::chrono::steady_clock::now();
    Status status = writeSession(path, format_, head, *data);
    later([sink, done = SessionDone{.error = std::move(status),
                                    .head = head,
                                    .bytes = sessionFileBytes(format_, head),
                                    .seconds = secondsSince(start)}] {
      sink(done);
    });
  });
}

void SessionStore::load(const std::string &name, SessionSink sink) {
  enqueue([this, path = pathOfNamed(name), sink = std::move(sink)] {
    auto start = std::chrono::steady_clock::now();
    SessionDone done;
    auto reader = SessionReader::open(path, format_);
    done.error = reader ? reader->checkPages() : reader.error();
    if (done.error.ok()) {
      done.head = reader->head();
      done.bytes = reader->sizeBytes();
    }
    done.seconds = secondsSince(start);
    later([this, path, sink, done = std::move(done)] {
      if (done.error.ok())
        addFile({.path = path, .bytes = done.bytes, .isNamed = true},
                done.head);
      sink(done);
    });
  });
}

} // namespace g4rt
